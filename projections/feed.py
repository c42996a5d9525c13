"""The events of all streams as they come, or came: in the order of their times while there is a past to tell."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from projections.decoding import read_envelope
from projections.source import KafkaSilentError, check_heard, of_topic, open_consumer, partitions_of
from projections.timeline import CLOCK_SLACK, POLL_MS
from projections.timeline_line import TimelineLine, event_line
from schemas.cluster import Cluster
from schemas.message import PartitionClaimed

Notice = Callable[[str], None]


class Span(NamedTuple):
    """From when and until when events are wanted; begin None: from now on. end None: for ever."""

    begin: datetime | None
    end: datetime | None


async def feed(
    cluster: Cluster, topics: Sequence[str], span: Span, notice: Notice
) -> AsyncGenerator[list[TimelineLine], None]:
    """Batches of lines that count; empty ones while nothing is new. Closes its connections when it is closed.

    Raises TopicMissingError and aiokafka's KafkaError; a broker that falls silent later is told by `notice`.
    """
    places = [place for topic in topics for place in of_topic(topic, await partitions_of(cluster, topic))]
    async with open_consumer(cluster) as consumer:
        consumer.assign(places)
        reader = _Reader(consumer, span, notice)
        await reader.seek(places)
        async for lines in reader.past(places):
            yield lines
        if span.end is None:
            notice("from here on it follows what happens; Ctrl-C ends it")
        while span.end is None or datetime.now(UTC) < span.end:
            lines = await reader.new(places)
            yield sorted(lines, key=lambda line: line.at)


class _Reader:
    """Reads partitions from a moment on."""

    def __init__(self, consumer: AIOKafkaConsumer, span: Span, notice: Notice) -> None:
        self._consumer = consumer
        self._span = span
        self._notice = notice
        self._begun_s = time.time()
        self._silent = False

    async def seek(self, places: Sequence[TopicPartition]) -> None:
        """Stand before what is wanted, and know where the past ends."""
        begin, end = self._span
        self._ends = await self._offsets(places, end, CLOCK_SLACK)
        starts = self._ends if begin is None else await self._offsets(places, begin, -CLOCK_SLACK)
        for place in places:
            self._consumer.seek(place, starts[place])

    async def past(self, places: Sequence[TopicPartition]) -> AsyncGenerator[list[TimelineLine], None]:
        """What was there when reading began, in the order of its times."""
        waiting: dict[TopicPartition, deque[TimelineLine]] = {place: deque() for place in places}
        unread = [place for place in places if await self._consumer.position(place) < self._ends[place]]
        while unread or any(waiting.values()):
            if blocking := [place for place in unread if not waiting[place]]:
                for line in await self.new(blocking):
                    waiting[TopicPartition(line.topic, line.partition)].append(line)
                unread = [place for place in unread if await self._consumer.position(place) < self._ends[place]]
            yield _ordered(waiting, unread)

    async def new(self, places: Sequence[TopicPartition]) -> list[TimelineLine]:
        """What counts and is wanted of what comes next, partition by partition."""
        fetched = await self._consumer.getmany(*places, timeout_ms=POLL_MS)
        self._listen(places)
        lines = [_line(record) for records in fetched.values() for record in records]
        return [line for line in lines if line is not None and self._is_wanted(line.at)]

    async def _offsets(
        self, places: Sequence[TopicPartition], at: datetime | None, slack: timedelta
    ) -> dict[TopicPartition, int]:
        """Where the first record of that time, or so much later, lies; without one, and without a time, the ends."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        if at is None:
            return ends
        at_ms = max(0, int((at.timestamp() + slack.total_seconds()) * 1000))
        found = await self._consumer.offsets_for_times(dict.fromkeys(places, at_ms))
        return {place: ends[place] if found[place] is None else found[place].offset for place in places}

    def _is_wanted(self, at: datetime) -> bool:
        begin, end = self._span
        return (begin is None or at >= begin) and (end is None or at < end)

    def _listen(self, places: Sequence[TopicPartition]) -> None:
        try:
            check_heard(self._consumer, places, self._begun_s)
        except KafkaSilentError as error:
            if not self._silent:
                self._notice(f"the brokers are silent ({error}): it goes on when they answer")
            self._silent = True
        else:
            if self._silent:
                self._notice("the brokers answer again")
            self._silent = False


def _ordered(
    waiting: dict[TopicPartition, deque[TimelineLine]], unread: Sequence[TopicPartition]
) -> list[TimelineLine]:
    """The earliest lines, as long as none that is still unread can be earlier; they are taken out of `waiting`."""
    lines = []
    while all(waiting[place] for place in unread) and (filled := [lines for lines in waiting.values() if lines]):
        lines.append(min(filled, key=lambda of_one: of_one[0].at).popleft())
    return lines


def _line(record: ConsumerRecord) -> TimelineLine | None:
    """A record that counts. Who begins in the middle knows no claim: `sequence` alone tells (mendline.following)."""
    envelope = read_envelope(record.value)
    if envelope is None:
        return None
    counts = envelope.type == PartitionClaimed.type or envelope.sequence == record.offset
    return event_line(record, envelope, counts=True) if counts else None
