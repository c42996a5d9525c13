"""The Faust app that hosts a worker: a stream's intake puts batches on a channel, its agent brings them to owners.

Faust's own consumer is off: it would commit past unfinished records (faust-streaming #606) and costs 84 µs an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import faust
from faust.app.base import BootStrategy as AppBootStrategy
from faust.contrib.asgi import faust_app_running
from faust.types import StreamT
from mode import Service

from streams.log.ports import Intake, LogError, RequestBatch
from streams.worker.holdings import Holdings
from streams.worker.terms import Terms

Fetched = tuple[int, RequestBatch, int]
"""A partition, a batch of it, and the tenure it was fetched for."""
CHANNEL_BATCHES = 64


class WorkerApp(faust.App):
    """Faust without its consumer and producer."""

    class BootStrategy(AppBootStrategy):
        """What of Faust is started."""

        enable_kafka_consumer = False
        enable_kafka_producer = False
        enable_web = False


class IntakeService(Service):
    """Takes whole batches of a stream's requests and puts them on its agent's channel."""

    def __init__(self, intake: Intake, holdings: Holdings, channel: Any) -> None:
        super().__init__()
        self._intake = intake
        self._holdings = holdings
        self._channel = channel

    @Service.task
    async def take(self) -> None:
        """Fetch, mark each batch with its partition's tenure, pass it on."""
        while not self.should_stop:
            try:
                batches = await self._intake.batches()
            except LogError as error:
                # Each partition looks for itself whether it can go on; only those that cannot stand still.
                self._holdings.doubt(error)
                await self.sleep(1.0)
                continue
            fetched = [(p, batch, self._holdings.tenure(p)) for p, batch in batches.items()]
            for each in fetched:
                await self._channel.send(value=each)

    @Service.task
    async def hold(self) -> None:
        """Follow the group's assignment."""
        await self._holdings.follow()


class Part(NamedTuple):
    """One stream of a worker: what it holds of it, and its requests."""

    name: str
    holdings: Holdings
    intake: Intake


@dataclass(frozen=True, slots=True)
class Working:
    """A worker at work: its streams, the devices first, and the services that take their requests in."""

    parts: Sequence[Part]
    services: Sequence[IntakeService]

    @property
    def holdings(self) -> Holdings:
        """What it holds of the devices."""
        return self.parts[0].holdings

    def check(self) -> None:
        """Raises what made the worker stop taking requests in, or why it must end: it must not look alive then."""
        for service in self.services:
            if service.crash_reason is not None:
                raise service.crash_reason
        for part in self.parts:
            if part.holdings.unfit is not None:
                raise part.holdings.unfit

    async def until(self, stop: asyncio.Event) -> None:
        """Wait for `stop`; raises what `check` raises."""
        ends = [part.holdings.ends for part in self.parts]
        crashes = [service.wait(_first_of(stop, *ends)) for service in self.services]
        await _first(crashes)
        self.check()


async def _first_of(*events: asyncio.Event) -> None:
    await _first([event.wait() for event in events])


async def _first(waits: Sequence[Coroutine[Any, Any, Any]]) -> None:
    waiting = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def make_app(parts: Sequence[Part], terms: Terms) -> tuple[WorkerApp, list[IntakeService]]:
    """The app with an agent and a timer a stream, and the services that feed the agents' channels; not started."""
    app = WorkerApp("mendline", stream_buffer_maxsize=CHANNEL_BATCHES, stream_wait_empty=False)
    return app, [_add(app, part, terms) for part in parts]


def _add(app: WorkerApp, part: Part, terms: Terms) -> IntakeService:
    channel = app.channel(maxsize=CHANNEL_BATCHES)

    async def agent(stream: StreamT[Fetched]) -> None:
        async for partition, batch, tenure in stream:
            part.holdings.offer(partition, batch, tenure)

    app.agent(channel, name=part.name)(agent)
    app.timer(interval=terms.commit_every_s)(part.holdings.look_around)
    return IntakeService(part.intake, part.holdings, channel)


@asynccontextmanager
async def hosted(parts: Sequence[Part], terms: Terms) -> AsyncIterator[Working]:
    """Run the app on the current loop while the context lasts; at its end partitions are given up politely."""
    app, services = make_app(parts, terms)
    async with faust_app_running(app, stop_timeout=2):
        app.flow_control.resume()
        for service in services:
            await app.add_runtime_dependency(service)
        try:
            yield Working(parts, services)
        finally:
            await asyncio.gather(*(part.holdings.leave_all() for part in parts))
