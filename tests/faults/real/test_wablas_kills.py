"""A worker that sends through a badly behaved Wablas is killed again and again: nothing leaves twice."""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random

import pytest

from mendline.verify.command import verify
from schemas.cluster import Cluster
from schemas.device.requests import DeviceRegistrationRequested
from tests.faults.real.asking import Asker, in_turn
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.proof import SETTLED
from tests.faults.real.site import Site
from tests.streams.drivers.wablas.fake_server import HTML, POLITE, SECRET, TOKEN, FakeWablas, Manner, saying_no

SEED = 11
DEVICES = [f"shop-{number}" for number in range(1, 21)]
RATE = 40.0
KILLS = 4
OWNED_S = 60.0
DRAIN_S = 60.0
MANNERS = {
    POLITE: 70,
    Manner(delay_s=0.4): 12,
    Manner(silent=True): 3,
    Manner(takes=False, silent=True): 2,
    Manner(status=503, body=HTML): 3,
    Manner(body=HTML): 2,
    Manner(cut="after body"): 2,
    Manner(cut="in answer's headers"): 2,
    Manner(takes=False, status=429, body=HTML, headers="Retry-After: 1\r\n"): 2,
    saying_no("phone number is not valid"): 2,
}
ENDS = ("send_accepted", "send_rejected", "send_uncertain")


@pytest.fixture
def worker(site: Site) -> Program:
    """A worker without simulated drivers; not started."""
    file = site.folder / "credentials.toml"
    return site.worker(MENDLINE_DRIVERS="wablas", MENDLINE_CREDENTIALS=str(file), MENDLINE_PLATFORM_ANSWER_S="1")


def drawn(number: int) -> list[Manner]:
    """How the server behaves, by lot."""
    return Random(SEED).choices(list(MANNERS), weights=list(MANNERS.values()), k=number)


async def _killed_under_load(site: Site, worker: Program, asker: Asker, log: Log, server: FakeWablas) -> None:
    credential = f'[shop]\nurl = "{server.url}"\ntoken = "{TOKEN}"\nsecret = "{SECRET}"\n'
    (site.folder / "credentials.toml").write_text(credential)
    for device in DEVICES:
        await asker.ask(device, DeviceRegistrationRequested(driver="wablas", credential="shop"))
    worker.start()
    stop = asyncio.Event()
    load = asyncio.create_task(in_turn(asker, DEVICES, RATE, stop))
    for kill in range(KILLS):
        await log.until_counted("send_accepted", (kill + 1) * 60, OWNED_S)
        await asyncio.to_thread(worker.kill)
        worker.start()
    stop.set()
    await load
    await asker.flush()
    await log.until_drained(DRAIN_S)


@pytest.mark.slow
async def test_nothing_leaves_twice_and_the_log_knows_what_left(
    site: Site, worker: Program, asker: Asker, log: Log
) -> None:
    async with FakeWablas(manners=deque(drawn(10_000))) as server:
        await _killed_under_load(site, worker, asker, log, server)
        copies = server.copies()
    message_of = {
        (e.partition, e.event.data["request"]): e.event.data["message_id"] for e in log.counted("send_attempted")
    }
    ends = {message_of[e.partition, e.event.data["request"]]: e.event.type for e in log.counted(*ENDS)}
    assert set(copies.values()) == {1}
    assert {message for message, end in ends.items() if end == "send_accepted"} <= copies.keys()
    assert {ends[message] for message in copies} <= {"send_accepted", "send_uncertain"}
    assert (await verify(Cluster(site.kafka), site.topics, None, SETTLED)).violations == ()
    words = worker.all_words()
    assert "[PLATFORM-SEND] Sending message via Wablas" in words
    assert [secret for secret in (TOKEN, SECRET) if secret in words + str(log.events)] == []
