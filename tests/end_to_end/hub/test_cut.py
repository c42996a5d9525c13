"""A network that is cut for ten seconds, and comes back, while the log goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mendline.client.line import Terms
from mendline.client.live import Live
from mendline.embedded.ports import reserve
from mendline.producer import Producer
from schemas.api.hub import HubTokenDocument
from schemas.device.requests import RefreshRequested
from schemas.hub.frames import EventFrame, Joined
from schemas.topics import DEVICE
from tests.end_to_end.hub.installation import Installation, events_of
from tests.faults.cluster.proxy import Mode, Route

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CUT_S = 10.0
PAUSE_S = 0.05
ENDS = ("connection_replaced", "connection_closed")
TERMS = Terms(delay_s=2.0, attempts=20)


@asynccontextmanager
async def network(installation: Installation) -> AsyncIterator[tuple[Route, str]]:
    """What lies between a client and a node, and where it begins."""
    port = reserve()
    route = Route(port.number, installation.ports[0].number)
    await route.open()
    try:
        yield route, f"ws://127.0.0.1:{port.number}/ws"
    finally:
        await route.close()
        port.release()


class Heard:
    """What a client was told of one device: where each event lies, and how often it had to begin anew."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.places: list[str] = []
        self.lost = 0

    async def listen(self, live: Live, joined: asyncio.Event) -> None:
        async for news in live:
            if isinstance(news, Joined):
                self.lost += news.recovered is False
                joined.set()
            elif isinstance(news, EventFrame) and news.event.subject == self.device:
                self.places.append(news.at.rpartition("/")[2])


async def ask(producer: Producer, device: str) -> None:
    """Something happens to the device again and again, until this is cancelled."""
    while True:
        await producer.publish(device, RefreshRequested())
        await asyncio.sleep(PAUSE_S)


async def left(installation: Installation, user: str) -> int:
    """How many connections of the user are live, as the log says."""
    types = [event.type for event in await events_of(installation, user)]
    return types.count("connection_opened") - sum(types.count(end) for end in ENDS)


@pytest.mark.parametrize("mode", ["reset", "held"])
async def test_a_cut_of_ten_seconds_loses_nothing_and_doubles_nothing(
    installation: Installation, user: str, mode: Mode
) -> None:
    device, joined = f"d-{uuid4().hex[:8]}", asyncio.Event()
    heard = Heard(device)
    async with (
        network(installation) as (route, url),
        Producer(installation.cluster, installation.topics) as producer,
        Live(lambda: token(installation, user, url), [f"device:{device}"], TERMS) as live,
    ):
        listening = asyncio.create_task(heard.listen(live, joined))
        await joined.wait()
        asking = asyncio.create_task(ask(producer, device))
        await asyncio.sleep(1)
        route.turn(mode, 0.0)
        await asyncio.sleep(CUT_S)
        route.turn("open", 0.0)
        await asyncio.sleep(4)
        asking.cancel()
        await asyncio.wait([asking])
        await caught_up(installation, device, heard)
        assert await left(installation, user) == 1
        listening.cancel()
        await asyncio.wait([listening])
    assert heard.lost == 0
    assert len(heard.places) > CUT_S


async def caught_up(installation: Installation, device: str, heard: Heard) -> None:
    """All that happened was heard, once and in order."""
    for _ in range(100):
        happened = [str(event.sequence) for event in await events_of(installation, device, DEVICE)]
        if heard.places == happened:
            break
        await asyncio.sleep(0.2)
    assert heard.places == happened


async def token(installation: Installation, user: str, url: str) -> HubTokenDocument:
    """As the API would make it; the way to the hub leads through the network."""
    made = installation.tokens.make(user, ["device:*"])
    until = datetime.now(UTC) + timedelta(minutes=5)
    return HubTokenDocument(token=made.token, expires_at=until, expires_in_s=300, url=url, events_url=url)
