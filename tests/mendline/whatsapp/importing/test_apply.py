"""`mendline whatsapp import --apply`: sessions go on as devices of Mendline, and stay whole where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from mendline.command_line.application import application
from mendline.data_folder import Identity
from mendline.producer import Producer
from mendline.settings import load_settings
from mendline.whatsapp.build import Programs
from mendline.whatsapp.importing.standing import standing_in
from mendline.worker import Site, open_holdings
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.device.requests import DevicePairingRequested
from schemas.topics import Topics
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.hosted import whatsapp_driver
from tests.end_to_end.test_clients import told_of
from tests.mendline.whatsapp.importing.conftest import FIRST, SECOND, THIRD
from tests.mendline.whatsapp.importing.copied_file import changed
from tests.streams.drivers.whatsapp.stand_in import StandIn

Run = Callable[..., Awaitable[Any]]
COUNTS = {"whatsmeow_device": 3, "whatsmeow_pre_keys": 30}
SENT_TO = "15560000001"


@pytest.fixture
async def run(
    kafka: str, kafka_topics: Topics, postgres: str, programs: Programs, stand_in: StandIn, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Run]:  # fmt: skip
    """Runs a command, beside a worker whose host keeps its sessions in Mendline's database."""
    told = f"{stand_in.address}/{stand_in.root}"
    for name, value in {
        "XDG_CONFIG_HOME": str(tmp_path), "COLUMNS": "200", "MENDLINE_KAFKA": kafka, "MENDLINE_POSTGRES": postgres,
        "MENDLINE_TOPIC_PREFIX": kafka_topics.prefix, "MENDLINE_WHATSAPP_STAND_IN": told,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    await migrate(postgres)
    who = Identity(installation_id="t", installation_key=b"\x01" * 32, instance_id="w", folder="w")
    drivers = {"whatsapp": whatsapp_driver(WhatsAppHost(programs.host, postgres, told), "w")}
    site = Site(Cluster(kafka), tmp_path / "unused", who)
    async with open_holdings(load_settings(topic_prefix=kafka_topics.prefix, data=tmp_path), site, drivers):
        yield lambda *arguments: asyncio.to_thread(CliRunner().invoke, application(), arguments)


async def applied(run: Run, source: str, *more: str) -> dict[str, Any]:
    result = await run("whatsapp", "import", source, "--apply", "--yes", *more, "-o", "json")
    told: dict[str, Any] = orjson.loads(result.stdout)
    return told | {"exit_code": result.exit_code}


def states(told: dict[str, Any]) -> dict[str, str]:
    return {each["jid"]: each["state"] for each in told["of_each"]}


def rows_in(database: str) -> dict[str, int]:
    with psycopg.connect(database) as connection:
        found = {table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in COUNTS}
    return {table: row[0] for table, row in found.items() if row is not None}


def keys_in(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT * FROM whatsmeow_device ORDER BY jid").fetchall()


def ending(told: Any) -> tuple[str, str]:
    event = told[-1].event
    return event.type, event.why.partition(":")[0]


async def test_imported_session_sends_and_its_log_is_clean(
    run: Run, file: Path, source: str, postgres: str, stand_in: StandIn
) -> None:
    told = await applied(run, str(file))
    sent = await run("send", "whatsapp-15550000001", SENT_TO, "hello", "--wait", "--timeout", "60", "-o", "json")
    await stand_in.order("save")
    verified = await run("verify", "--ledger", str(stand_in.ledger))

    assert (told["exit_code"], states(told)) == (0, dict.fromkeys((FIRST, SECOND, THIRD), "imported"))
    assert (rows_in(postgres), keys_in(postgres)) == (COUNTS, keys_in(source))
    assert orjson.loads(sent.stdout)["outcome"] == "send_accepted", sent.output
    assert verified.exit_code == 0, verified.output


async def test_whom_a_source_gives_a_number_to_is_not_believed(run: Run, source: str, postgres: str) -> None:
    with psycopg.connect(source) as connection:
        connection.execute("INSERT INTO whatsmeow_lid_map (lid, pn) VALUES ('666', %s)", [SENT_TO])

    told = await applied(run, source)

    assert told["exit_code"] == 0
    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT * FROM whatsmeow_lid_map").fetchall() == []


async def test_second_run_does_nothing_and_says_so(run: Run, source: str, postgres: str) -> None:
    await applied(run, source)
    before = keys_in(postgres)

    again = await applied(run, source)

    assert (again["exit_code"], set(states(again).values())) == (0, {"imported"})
    assert keys_in(postgres) == before


async def test_device_that_is_there_without_a_session_gets_it_whatever_it_is_called(run: Run, source: str) -> None:
    await run("device", "add", "whatsapp-15550000001", "--driver", "whatsapp", "--name", "front desk")

    told = await applied(run, source)

    assert (told["exit_code"], states(told)[FIRST]) == (0, "imported")


async def test_session_whose_number_another_device_has_is_left_alone(
    run: Run, source: str, postgres: str, kafka: str, kafka_topics: Topics, stand_in: StandIn
) -> None:
    await applied(run, source)
    await run("device", "add", "other", "--driver", "whatsapp")
    request = DevicePairingRequested(method="import", jid=FIRST)

    async with Producer(Cluster(kafka), kafka_topics) as producer:
        told = await told_of(kafka, kafka_topics, await producer.publish("other", request))
    sent = await run("send", "whatsapp-15550000001", SENT_TO, "hello", "--wait", "--timeout", "60", "-o", "json")

    assert ending(told) == ("device_pairing_failed", "taken")
    assert orjson.loads(sent.stdout)["outcome"] == "send_accepted", sent.output
    assert "unpaired" not in stand_in.ledger.read_text()


async def test_session_that_the_tables_refuse_is_told_and_the_others_are_taken_over(
    run: Run, file: Path, postgres: str
) -> None:
    changed(file, "UPDATE whatsmeow_pre_keys SET key = x'00' WHERE jid = ? AND key_id = 7", SECOND)

    told = await applied(run, str(file))

    assert (told["exit_code"], states(told)) == (1, {FIRST: "imported", SECOND: "failed", THIRD: "imported"})
    assert "violates check constraint" in told["of_each"][1]["detail"]
    assert rows_in(postgres) == {"whatsmeow_device": 2, "whatsmeow_pre_keys": 20}


async def test_what_the_tables_do_not_have_is_not_paired(
    run: Run, kafka: str, kafka_topics: Topics, source: str
) -> None:
    await run("device", "add", "other", "--driver", "whatsapp")
    request = DevicePairingRequested(method="import", jid=FIRST)

    async with Producer(Cluster(kafka), kafka_topics) as producer:
        told = await told_of(kafka, kafka_topics, await producer.publish("other", request))

    assert ending(told) == ("device_pairing_failed", "unknown_jid")


async def test_nothing_is_taken_over_before_somebody_agrees(run: Run, source: str, postgres: str) -> None:
    result = await run("whatsapp", "import", source, "--apply")

    assert (result.exit_code, "has to be stopped" in result.stderr) == (2, True)
    assert standing_in(postgres, stand_in=True).sessions == {}
