"""Putting requests to other owners: what is asked twice meanwhile goes out once, and what waits goes out together."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from schemas.envelope import encode_request
from schemas.topics import Topics
from streams.log.ports import Clock, EventRecord, ReportLog
from streams.ownership.publishing import Publish

AT_ONCE = 500
"""Requests of at most a kilobyte, so that each partition's fit into one batch."""


class Publisher:
    """Sends what owners publish; each is acknowledged before it is forgotten, unless this process ends.

    A request that is lost with the process is asked again by whoever owns its question next.
    """

    def __init__(self, reports: ReportLog, topics: Topics, source: str, clock: Clock) -> None:
        self._reports = reports
        self._topics = topics
        self._source = source
        self._clock = clock
        self._waiting: dict[tuple[str, str], Publish] = {}
        self._sending: asyncio.Task[None] | None = None

    def put(self, publish: Publish) -> None:
        """Send it soon; one that waits already under the same name is not sent twice."""
        self._waiting.setdefault((publish.stream.name, publish.id), publish)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    def busy(self) -> bool:
        """Whether something is not acknowledged yet."""
        return self._sending is not None

    async def close(self) -> None:
        """Send no more."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send(self) -> None:
        try:
            while self._waiting:
                names = list(self._waiting)[:AT_ONCE]
                await self._send_some([self._waiting.pop(name) for name in names])
        finally:
            self._sending = None

    async def _send_some(self, publishes: list[Publish]) -> None:
        by_topic: dict[str, list[EventRecord]] = defaultdict(list)
        for publish in publishes:
            record = EventRecord(publish.key.encode(), self._encoded(publish))
            by_topic[self._topics.requests(publish.stream)].append(record)
        for topic, records in by_topic.items():
            await self._reports.publish(topic, records)

    def _encoded(self, sent: Publish) -> bytes:
        at, request = self._clock.now(), sent.request
        return encode_request(sent.id, request.type, sent.key, self._source, request, time=at, context=sent.context)
