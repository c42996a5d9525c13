"""The host of WhatsApp devices is killed under load: its links drop, sends mend them, nothing is told wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from mendline.settings import default_whatsapp_cache
from mendline.verify.command import verify
from mendline.whatsapp.build import HOST, Programs, build
from mendline.whatsapp.phones import at_hand
from mendline.whatsapp.stand_in import StandIn, standing_in
from schemas.cluster import Cluster
from schemas.device.requests import DevicePairingRequested, DeviceRegistrationRequested
from tests.faults.real.asking import Asker, in_turn
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.proof import SETTLED
from tests.faults.real.site import Site

DEVICES = [f"phone-{number}" for number in range(1, 13)]
RATE = 20.0
KILLS = 3
SENDS_A_KILL = 40
PATIENCE_S = 90.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Host and stand-in, built unless they are there."""
    return build(default_whatsapp_cache(), print)


@pytest.fixture
def stand_in(programs: Programs, tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in for WhatsApp in which all goes well."""
    with standing_in(programs.stand_in, tmp_path) as running:
        yield running


@pytest.fixture
async def worker(site: Site, stand_in: StandIn, postgres: str) -> AsyncIterator[Program]:
    """A worker, not started, beside people with phones."""
    settings = {"MENDLINE_POSTGRES": postgres, "MENDLINE_WHATSAPP_STAND_IN": stand_in.setting}
    async with at_hand(Cluster(site.kafka), site.topics.device_signals, stand_in):
        yield site.worker(MENDLINE_DRIVERS="whatsapp", MENDLINE_PAIRINGS="200", **settings)


def kill_host(worker: Program) -> None:
    for child in psutil.Process(worker.pid).children(recursive=True):
        if Path(child.exe()).name == HOST:
            child.kill()


async def killed_under_load(worker: Program, asker: Asker, log: Log) -> None:
    for device in DEVICES:
        await asker.ask(device, DeviceRegistrationRequested(driver="whatsapp"))
        await asker.ask(device, DevicePairingRequested())
    worker.start()
    await log.until_counted("device_paired", len(DEVICES), PATIENCE_S)
    stop = asyncio.Event()
    load = asyncio.create_task(in_turn(asker, DEVICES, RATE, stop))
    for kill in range(1, KILLS + 1):
        await log.until_counted("send_accepted", kill * SENDS_A_KILL, PATIENCE_S)
        kill_host(worker)
    await log.until_counted("send_accepted", (KILLS + 1) * SENDS_A_KILL, PATIENCE_S)
    stop.set()
    await load
    await asker.flush()
    await log.until_drained(PATIENCE_S)


async def test_links_of_a_killed_host_are_mended_by_sends_and_the_log_knows_what_left(
    site: Site, worker: Program, asker: Asker, log: Log, stand_in: StandIn
) -> None:
    await killed_under_load(worker, asker, log)
    report = await verify(Cluster(site.kafka), site.topics, await stand_in.saved_ledger(), SETTLED)

    ends = [seen.event.data for seen in log.counted("device_disconnected")]
    assert "host_crashed" in {end.get("reason") for end in ends}
    assert {seen.event.subject for seen in log.counted("refresh_succeeded")} == set(DEVICES)
    assert report.violations == ()
