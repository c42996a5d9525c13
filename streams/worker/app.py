"""The Faust app that hosts a worker: intake puts batches on a channel, the device agent brings them to their owners.

Faust's own consumer is off: it would commit past unfinished records (faust-streaming #606) and costs 84 µs an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
    """Takes whole batches of requests and puts them on the device agent's channel."""

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


async def until(stop: asyncio.Event, service: IntakeService, holdings: Holdings) -> None:
    """Wait for `stop`; raises what made the service crash, as a worker that takes nothing in must not look alive.

    Raises UnfitWorkerError where this worker must end.
    """
    await service.wait(_first_of(stop, holdings.ends))
    if service.crash_reason is not None:
        raise service.crash_reason
    if holdings.unfit is not None:
        raise holdings.unfit


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def make_app(holdings: Holdings, intake: Intake, terms: Terms) -> tuple[WorkerApp, IntakeService]:
    """The app with its agent and its timer, and the service that feeds the agent's channel; not started."""
    app = WorkerApp("mendline", stream_buffer_maxsize=CHANNEL_BATCHES, stream_wait_empty=False)
    channel = app.channel(maxsize=CHANNEL_BATCHES)

    async def device_agent(stream: StreamT[Fetched]) -> None:
        async for partition, batch, tenure in stream:
            holdings.offer(partition, batch, tenure)

    app.agent(channel, name="device")(device_agent)
    app.timer(interval=terms.commit_every_s)(holdings.look_around)
    return app, IntakeService(intake, holdings, channel)


@asynccontextmanager
async def hosted(holdings: Holdings, intake: Intake, terms: Terms) -> AsyncIterator[IntakeService]:
    """Run the app on the current loop while the context lasts; at its end partitions are given up politely."""
    app, service = make_app(holdings, intake, terms)
    async with faust_app_running(app, stop_timeout=2):
        app.flow_control.resume()
        await app.add_runtime_dependency(service)
        try:
            yield service
        finally:
            await holdings.leave_all()
