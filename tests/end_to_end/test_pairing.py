"""Devices are paired with phones on a real Kafka, by a real worker and the simulated platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from mendline.command_line.application import application
from mendline.data_folder import Identity
from mendline.producer import Producer
from mendline.settings import load_settings
from mendline.worker import Site, open_holdings
from schemas.cluster import Cluster
from schemas.device.requests import DevicePairingRequested
from schemas.topics import Topics
from streams.drivers.in_process import InProcessFleet
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.latency import Constant
from tests.end_to_end.test_clients import told_of

pytestmark = pytest.mark.kafka
UNPAIRED = Group(driver="simulated", prefix="phone-", count=3, needs_pairing_share=1, scan_ms=Constant(500))
PAIR = DevicePairingRequested(method="code", phone="62811")
A_CODE = ("--method", "code", "--phone", "+62 811")
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(kafka: str, kafka_topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Runs a command, beside a worker whose devices have no session."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MENDLINE_KAFKA", kafka)
    monkeypatch.setenv("MENDLINE_TOPIC_PREFIX", kafka_topics.prefix)
    who = Identity(installation_id="t", installation_key=b"\x01" * 32, instance_id="w", folder="w")
    settings = load_settings(topic_prefix=kafka_topics.prefix, data=tmp_path)
    drivers = {"simulated": InProcessFleet(Fleet(devices=(UNPAIRED,))).driver("simulated")}
    async with open_holdings(settings, Site(Cluster(kafka), tmp_path / "unused", who), drivers):
        yield lambda *arguments: asyncio.to_thread(CliRunner().invoke, application(), arguments)


async def added(run: Run, *devices: str) -> None:
    assert (await run("device", "add", *devices, "--driver", "simulated")).exit_code == 0


def outcome(result: Any) -> str:
    return str(orjson.loads(result.stdout)["outcome"])


async def test_a_device_is_paired_by_the_code_that_is_drawn_and_its_send_goes_out(run: Run) -> None:
    await added(run, "phone-00001")
    await run("send", "phone-00001", "62812", "hello")
    paired = await run("device", "pair", "phone-00001", "-o", "json")
    assert (paired.exit_code, outcome(paired)) == (0, "device_paired")
    assert "scan this with the phone" in paired.stderr
    assert "█▀▀▀▀▀█" in paired.stderr
    sent = await run("send", "phone-00001", "62812", "hello again", "--wait", "--timeout", "60", "-o", "json")
    assert outcome(sent) == "send_accepted"


async def test_of_two_devices_that_are_paired_with_one_phone_at_once_exactly_one_has_it(
    run: Run, kafka: str, kafka_topics: Topics
) -> None:
    await added(run, "phone-00001", "phone-00002")
    async with Producer(Cluster(kafka), kafka_topics) as producer:
        asked = [await producer.publish(each, PAIR) for each in ("phone-00001", "phone-00002")]
    both = await asyncio.gather(*(told_of(kafka, kafka_topics, each) for each in asked))
    assert sorted(told[-1].event.type for told in both) == ["device_paired", "device_pairing_failed"]


async def test_what_a_device_gives_up_another_can_have(run: Run) -> None:
    await added(run, "phone-00001", "phone-00002")
    assert outcome(await run("device", "pair", "phone-00001", *A_CODE, "-o", "json")) == "device_paired"
    again = await run("device", "pair", "phone-00001", *A_CODE, "-o", "json")
    assert outcome(again) == "request_already_done"
    assert outcome(await run("device", "unpair", "phone-00001", "-o", "json")) == "device_unpaired"
    async with asyncio.timeout(60):  # the account is free once its owner has confirmed it
        while outcome(await run("device", "pair", "phone-00002", *A_CODE, "-o", "json")) != "device_paired":
            pass


async def test_a_code_is_told_to_be_typed_and_needs_a_phone(run: Run) -> None:
    await added(run, "phone-00001")
    refused = await run("device", "pair", "phone-00001", "--method", "code")
    assert (refused.exit_code, "pairing by code needs the phone's number" in refused.stderr) == (2, True)
    paired = await run("device", "pair", "phone-00001", *A_CODE)
    assert (paired.exit_code, "type this code on the phone" in paired.stderr) == (0, True)
