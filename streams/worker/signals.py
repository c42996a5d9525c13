"""Putting what a person has to be shown on `device-signals`: never in the log, and nobody waits for it."""

from __future__ import annotations

import asyncio

from schemas.device.pairing import DeviceSignal, Signal, encode_signal
from streams.log.ports import EventRecord, ReportLog


class Signals:
    """Sends each device's newest signal; an older one that is not sent yet is worth nothing any more."""

    def __init__(self, reports: ReportLog, topic: str) -> None:
        self._reports = reports
        self._topic = topic
        self._waiting: dict[str, EventRecord] = {}
        self._sending: asyncio.Task[None] | None = None

    def put(self, device_id: str, pairing: int, signal: Signal) -> None:
        """Send it soon."""
        shown = DeviceSignal(
            device_id=device_id, pairing=pairing, kind=signal.kind, text=signal.text, until=signal.until
        )
        self._waiting[device_id] = EventRecord(device_id.encode(), encode_signal(shown))
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def close(self) -> None:
        """Send no more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send(self) -> None:
        try:
            while self._waiting:
                records, self._waiting = [*self._waiting.values()], {}
                await self._reports.publish(self._topic, records)
        finally:
            self._sending = None
