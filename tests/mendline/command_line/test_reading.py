"""Commands that read: the fleet from PostgreSQL, a device's history and the verdict from Kafka."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psycopg
import pytest

from projections.migrations import migrate
from schemas.device.lifecycle import DeviceRegistered
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.topics import Topics
from tests.mendline.command_line.conftest import Decide, Run
from tests.mendline.owner_by_hand import OwnerByHand

CLIENT = """
INSERT INTO clients (partition, client_id, name, state, last_event_at, position) VALUES (0, %s, '', 'live', %s, 1)
"""
CAMPAIGN = """
INSERT INTO campaigns (campaign, device_id, partition, first_request, first_at, last_at, position, sends,
    cancelled_sends)
VALUES (%s, 'd', 0, 1, %s, %s, 1, 1, 0)
"""
DEVICE = """
INSERT INTO devices (partition, device_id, driver, linked, name, pace_min_s, pace_max_s, state, reason, refreshes,
                     failures, waiting, in_flight, registered_at, last_event_at, position)
VALUES (0, %s, 'simulated', true, %s, 0, 0, %s, %s, 2, 0, 5, '{}', %s, %s, 7)
"""
IN_LAST = "d-2"
"""A device of the last partition, so that the reader has something to wait for at its end."""
AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SEND = """
INSERT INTO sends (partition, request, request_id, device_id, recipient, body, expires_at, state, attempts,
                   decided_at, repeats, position)
VALUES (0, 1, 'r', 'd-1', '+62', '{}', now(), 'waiting', 0, now(), 0, 7)
"""


@pytest.fixture
def fleet(run: Run, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a fleet of two devices, one of them parked."""
    asyncio.run(migrate(postgres))
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    with psycopg.connect(postgres) as connection:
        connection.execute(DEVICE, ["d-1", "Counter\x1b[2J", "connected", None, AT, AT])
        connection.execute(DEVICE, ["d-2", "", "parked", "banned", AT, AT])
        connection.execute(SEND)
    return run


def test_the_fleet_is_listed(fleet: Run) -> None:
    result = fleet("device", "list", "-o", "jsonl")
    devices = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert [(d["device_id"], d["state"]) for d in devices] == [("d-1", "connected"), ("d-2", "parked")]


def test_the_fleet_is_listed_for_people(fleet: Run) -> None:
    heading, first, second = fleet("device", "list").stdout.splitlines()
    assert heading.split()[:3] == ["device", "id", "name"]
    assert ("d-1" in first, "banned" in second, "\x1b" in first) == (True, True, False)


def test_a_part_of_the_fleet_is_listed(fleet: Run) -> None:
    assert [
        d["device_id"] for d in orjson.loads(fleet("device", "list", "--state", "parked", "-o", "json").stdout)
    ] == ["d-2"]


def test_a_list_that_goes_on_says_how(fleet: Run) -> None:
    result = fleet("device", "list", "--limit", "1", "-o", "json")
    assert len(orjson.loads(result.stdout)) == 1
    assert "--after d-1 goes on" in result.stderr


def test_a_table_is_cut_and_says_so_and_what_programs_read_is_not(fleet: Run, postgres: str) -> None:
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.executemany(DEVICE, [[f"e-{n}", "", "connected", None, AT, AT] for n in range(120)])
    table, ids = fleet("device", "list"), fleet("device", "list", "-o", "ids")
    assert (len(table.stdout.splitlines()), "there may be more" in table.stderr) == (101, True)
    assert (len(ids.stdout.splitlines()), ids.stderr) == (122, "")


def test_all_clients_are_listed_for_programs(fleet: Run, postgres: str) -> None:
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.executemany(CLIENT, [[f"c-{n}", AT] for n in range(120)])
    table, ids = fleet("client", "list"), fleet("client", "list", "-o", "ids")
    assert (len(table.stdout.splitlines()), "there may be more" in table.stderr) == (101, True)
    assert (len(ids.stdout.splitlines()), ids.stderr) == (120, "")


def test_all_campaigns_are_listed_for_programs(fleet: Run, postgres: str) -> None:
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.executemany(CAMPAIGN, [[f"c-{n}", AT, AT] for n in range(120)])
    table, ids = fleet("campaign", "list"), fleet("campaign", "list", "-o", "ids")
    assert (len(table.stdout.splitlines()), "there may be more" in table.stderr) == (101, True)
    assert (len(ids.stdout.splitlines()), ids.stderr) == (120, "")


def test_a_device_is_shown_with_how_its_sends_stand(fleet: Run) -> None:
    shown = orjson.loads(fleet("device", "show", "d-1", "-o", "json").stdout)
    assert (shown["driver"], shown["sends"]) == ("simulated", {"waiting": 1})


def test_a_device_is_shown_for_people(fleet: Run) -> None:
    assert "sends          1 waiting" in fleet("device", "show", "d-1").stdout


def test_a_device_that_is_not_there_is_not_found(fleet: Run) -> None:
    result = fleet("device", "show", "d-9")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "no device is called d-9" in result.stderr


def test_an_empty_database_is_told_to_be_brought_up_to_date(
    run: Run, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    result = run("device", "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "schema is version 0" in result.stderr


def test_an_absent_database_is_told(run: Run, unused_tcp_port: int) -> None:
    result = run("--postgres", f"postgresql://postgres@127.0.0.1:{unused_tcp_port}/x", "device", "list")
    assert (result.exit_code, result.stdout) == (5, "")
    assert "the database does not answer" in result.stderr
    assert "\N{REPLACEMENT CHARACTER}" not in result.stderr


def _added(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", DeviceRegistered(driver="simulated", linked=True, name="Counter\x1b"))
    asking("device", "add", "d-1", "--driver", "simulated")
    decided.result()


def test_a_timeline_tells_what_was_asked_and_what_came_of_it(asking: Run, decide: Decide) -> None:
    _added(asking, decide)
    result = asking("timeline", "d-1", "-o", "json")
    assert [line["type"] for line in orjson.loads(result.stdout)] == [
        "device_registration_requested",
        "device_registered",
    ]


def test_a_timeline_is_for_people_too(asking: Run, decide: Decide) -> None:
    _added(asking, decide)
    asked, decided = asking("timeline", "d-1").stdout.splitlines()
    assert "device registration requested  driver" in asked
    assert "device registered" in decided
    assert "\x1b" not in decided


def test_a_timeline_can_be_cut(asking: Run, decide: Decide) -> None:
    _added(asking, decide)
    cut = asking("timeline", "d-1", "--limit", "1")
    assert (len(cut.stdout.splitlines()), "these are the newest 1" in cut.stderr) == (1, True)
    assert asking("timeline", "d-1", "--until", "2020-01-01").exit_code == 4


def test_a_device_that_nobody_heard_of_has_no_timeline(asking: Run) -> None:
    result = asking("timeline", "d-9")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "the log tells nothing of d-9" in result.stderr


def _refused(asking: Run, decide: Decide) -> None:
    decided = decide(IN_LAST, RequestRefused(reason="unknown_device", detail="add it first"))
    asking("refresh", IN_LAST, "--wait")
    decided.result()


def test_a_sound_log_is_verified(asking: Run, decide: Decide) -> None:
    _refused(asking, decide)
    result = asking("verify", "-o", "json")
    assert orjson.loads(result.stdout)["violations"] == []
    assert result.exit_code == 0


def test_a_log_where_something_waits_is_sound_but_not_settled(asking: Run, decide: Decide) -> None:
    _refused(asking, decide)
    asking("refresh", IN_LAST)
    assert (asking("verify").exit_code, asking("verify", "--settled").exit_code) == (0, 1)


async def test_a_violation_is_shown_and_fails(asking: Run, kafka: str, kafka_topics: Topics) -> None:
    await asyncio.to_thread(asking, "refresh", IN_LAST)
    async with OwnerByHand(kafka, kafka_topics, 7) as owner:
        await owner.take(1)
        await owner.append(RequestAlreadyDone(reason="healthy"), IN_LAST, decides=5)
    result = await asyncio.to_thread(asking, "verify")
    assert (result.exit_code, "fate-unasked" in result.stdout) == (1, True)
    assert "reading partition 8 of 8" in result.stderr


def test_a_ledger_that_is_not_there_is_wrong_usage(asking: Run) -> None:
    assert asking("verify", "--ledger", "/nowhere").exit_code == 2


def test_a_ledger_that_is_none_is_told(asking: Run, tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("no JSON\n")
    result = asking("verify", "--ledger", str(tmp_path / "ledger"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 1" in result.stderr
