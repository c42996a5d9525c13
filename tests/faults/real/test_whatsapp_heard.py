"""What is written to WhatsApp devices, and how far messages got, is recorded once through kills of host and worker."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import psutil
import pytest

from mendline.verify.command import verify
from mendline.whatsapp.build import HOST
from mendline.whatsapp.phones import at_hand
from mendline.whatsapp.stand_in import StandIn
from schemas.cluster import Cluster
from schemas.device.requests import DevicePairingRequested, DeviceRegistrationRequested
from streams.drivers.simulation.ledger import read_ledger
from tests.faults.real.asking import Asker, in_turn
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.proof import SETTLED
from tests.faults.real.site import Site
from tests.faults.real.waiting import until_seen

DEVICES = [f"phone-{number}" for number in range(1, 13)]
RATE = 20.0
SENDS_A_KILL = 40
PATIENCE_S = 90.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


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


def restart(worker: Program) -> None:
    worker.kill()
    worker.start()


async def killed_under_load(
    worker: Program, asker: Asker, log: Log, kills: Sequence[Callable[[Program], None]]
) -> None:
    for device in DEVICES:
        await asker.ask(device, DeviceRegistrationRequested(driver="whatsapp"))
        await asker.ask(device, DevicePairingRequested())
    worker.start()
    await log.until_counted("device_paired", len(DEVICES), PATIENCE_S)
    stop = asyncio.Event()
    load = asyncio.create_task(in_turn(asker, DEVICES, RATE, stop))
    for number, kill in enumerate(kills, 1):
        await log.until_counted("send_accepted", number * SENDS_A_KILL, PATIENCE_S)
        kill(worker)
    await log.until_counted("send_accepted", (len(kills) + 1) * SENDS_A_KILL, PATIENCE_S)
    stop.set()
    await load
    await asker.flush()
    await log.until_drained(PATIENCE_S)


async def until_heard(stand_in: StandIn, log: Log) -> None:
    """Wait until every device has acknowledged what it was told, and all of that has its fate."""

    async def heard() -> bool:
        return bool((await stand_in.order("figures"))["untold"] == 0)

    await until_seen(heard, PATIENCE_S, "devices did not acknowledge what they were told")
    await log.until_drained(PATIENCE_S)


def heard_of(log: Log) -> Counter[tuple[str, str, str]]:
    """How often each message and delivery was recorded: device, WhatsApp's id, and what it was."""
    events = [seen.event for seen in log.counted("message_received", "delivery_recorded")]
    return Counter((e.subject, e.data["provider_message_id"], e.data.get("status", "message")) for e in events)


async def test_what_people_write_while_host_and_worker_are_killed_is_recorded_once(
    site: Site, worker: Program, asker: Asker, log: Log, stand_in: StandIn
) -> None:
    await stand_in.order("script", "device * message: receipts + reply text=STOP after=20")
    await killed_under_load(worker, asker, log, [kill_host, restart, kill_host, restart])
    await until_heard(stand_in, log)
    left = sum(entry.left for entry in read_ledger(await stand_in.saved_ledger()))
    heard = heard_of(log)

    assert set(heard.values()) == {1}
    assert Counter(what for _, _, what in heard) == {"message": left, "delivered": left, "read": left}
    assert (await verify(Cluster(site.kafka), site.topics, stand_in.ledger, SETTLED)).violations == ()
