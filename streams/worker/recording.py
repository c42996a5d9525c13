"""Putting what platforms report by themselves into the log, whoever owns the device by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import blake2b

from schemas.device.requests import DeliveryReported
from schemas.envelope import encode_request
from streams.drivers.port import Told
from streams.log.ports import Clock, ReportLog


class Recording:
    """Publishes reports as requests about their devices. How many wait at once is up to the drivers, which bound it."""

    def __init__(self, reports: ReportLog, source: str, clock: Clock) -> None:
        self._reports = reports
        self._source = source
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    def record(self, device_id: str, told: Told, recorded: Callable[[], None]) -> None:
        """Publish it soon, and call `recorded` once that is acknowledged."""
        task = asyncio.get_running_loop().create_task(self._publish(device_id, told, recorded))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Publish no more: what is not acknowledged is reported again."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _publish(self, device_id: str, told: Told, recorded: Callable[[], None]) -> None:
        name = request_id_of(device_id, told)
        value = encode_request(name, told.type, device_id, self._source, told, time=self._clock.now())
        await self._reports.report(device_id.encode(), value)
        recorded()


def request_id_of(device_id: str, told: Told) -> str:
    """The same for what is reported again."""
    if isinstance(told, DeliveryReported):
        named: tuple[str | None, ...] = (told.provider_message_id or told.message_id, told.status, told.by)
    else:
        named = (told.provider_message_id, told.sender, told.chat)
    digest = blake2b("\0".join([device_id, *(part or "" for part in named)]).encode(), digest_size=16).hexdigest()
    return f"{told.type}:{digest}"
