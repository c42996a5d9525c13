"""Dead letters on their way: kept by tasks of their own, so that no owner waits for one."""

from __future__ import annotations

import asyncio

from streams.log.ports import LogRecord, ReportLog


class Letters:
    """Keeps what of a requests topic cannot be decoded."""

    def __init__(self, reports: ReportLog, requests_topic: str) -> None:
        self._reports = reports
        self._requests_topic = requests_topic
        self._under_way: set[asyncio.Task[None]] = set()

    def keep(self, partition: int, reason: str, record: LogRecord) -> None:
        """Keep a record, with why and where it lay."""
        letter = self._reports.dead_letter(reason, self._requests_topic, partition, record)
        task = asyncio.ensure_future(letter)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
