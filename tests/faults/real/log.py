"""The log as a test reads it: every record of requests and events, and which events count."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.envelope import EventEnvelope, UndecodableError, decode_event, decode_request
from schemas.fence import Fence, Verdict
from schemas.topics import Topics
from tests.faults.real.asking import PARTITIONS
from tests.faults.real.waiting import until_seen

POLL_MS = 100


class Seen(NamedTuple):
    """A record of the events topic. at: the broker's time of its append, in seconds since 1970."""

    partition: int
    offset: int
    at: float
    verdict: Verdict
    event: EventEnvelope


class Log:
    """Follows both topics from their beginnings; an asynchronous context manager."""

    def __init__(self, kafka: str, topics: Topics) -> None:
        self.events: list[Seen] = []
        self.decided: dict[int, int] = dict.fromkeys(range(PARTITIONS), 0)
        """By partition: the next request that has no fate yet."""
        self.requests: dict[tuple[int, int], str] = {}
        """By partition and offset: the type of every request that can be decoded."""
        self.ids: dict[tuple[int, int], str] = {}
        """By partition and offset: the id of every request that can be decoded."""
        self.open: set[tuple[int, int]] = set()
        """Partition and request of every send that has a fate and no end yet."""
        self.owners: dict[int, str | None] = dict.fromkeys(range(PARTITIONS))
        """By partition: whose marker was the last valid one; None once it was released."""
        self._topics = topics
        self.events_topic = topics.events()
        self.asked: dict[int, int] = dict.fromkeys(range(PARTITIONS), 0)
        """By partition: behind the last request."""
        self._fences = {partition: Fence() for partition in range(PARTITIONS)}
        # Never "earliest": a reader that silently began anew would see everything twice.
        self._consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="none")

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        topics = (self._topics.requests(), self._topics.events())
        partitions = [TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)]
        self._consumer.assign(partitions)
        for partition in partitions:
            self._consumer.seek(partition, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read(self) -> None:
        """Take in what has come since the last time."""
        for where, records in (await self._consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                if where.topic == self._topics.events():
                    self._take(where.partition, record)
                else:
                    self._ask(where.partition, record)

    async def read_to_end(self) -> None:
        """Take in all there is by now."""
        for where, end in (await self._consumer.end_offsets(list(self._consumer.assignment()))).items():
            while await self._consumer.position(where) < end:
                await self.read()

    async def until_drained(self, timeout_s: float) -> float:
        """Wait until every request has its fate and every send its end; the seconds it took."""

        async def drained() -> bool:
            await self.read_to_end()
            return not self.open and all(self.decided[n] >= end for n, end in self.asked.items())

        return await until_seen(drained, timeout_s, "the log did not drain")

    async def until_counted(self, type_: str, count: int, timeout_s: float) -> float:
        """Wait until there are so many events of a type that count; the seconds it took."""

        async def counted() -> bool:
            await self.read()
            return len(self.counted(type_)) >= count

        return await until_seen(counted, timeout_s, f"there were fewer than {count} {type_}")

    async def until_owned(self, timeout_s: float, *names: str, since: float = 0.0) -> float:
        """Wait until exactly these instances own partitions, all of them, by markers written after `since`."""

        async def owned() -> bool:
            await self.read()
            claims = [e for e in self.events if e.verdict is Verdict.CLAIMED and e.at >= since]
            return {*self.owners.values()} == {*names} and {e.partition for e in claims} == {*range(PARTITIONS)}

        return await until_seen(owned, timeout_s, f"{names} did not own the partitions ({self.owners})")

    def counted(self, *types: str) -> list[Seen]:
        """The events of these types that count, in log order by partition."""
        return [seen for seen in self.events if seen.verdict is not Verdict.VOID and seen.event.type in types]

    def asked_by(self, seen: Seen) -> str | None:
        """The type of the request that an event answers; None where something else caused it."""
        kind, _, offset = seen.event.cause.partition(":")
        return self.requests[seen.partition, int(offset)] if kind == "request" else None

    def _ask(self, partition: int, record: Any) -> None:
        self.asked[partition] = record.offset + 1
        with suppress(UndecodableError):
            request = decode_request(record.value, record.headers)
            self.requests[partition, record.offset], self.ids[partition, record.offset] = request.type, request.id

    def _take(self, partition: int, record: Any) -> None:
        try:
            event = decode_event(record.value)
        except UndecodableError:
            self._fences[partition].pass_over(record.offset)
            return
        verdict = self._fences[partition].judge(record.offset, event)
        self.events.append(Seen(partition, record.offset, record.timestamp / 1000, verdict, event))
        self._follow(partition, verdict, event)

    def _follow(self, partition: int, verdict: Verdict, event: EventEnvelope) -> None:
        if verdict is Verdict.CLAIMED:
            self.owners[partition] = event.data["owner"]
        elif verdict is Verdict.RELEASED:
            self.owners[partition] = None
        elif verdict is Verdict.COUNTS:
            if event.decides is not None:
                self.decided[partition] = event.decides + 1
            self._follow_send(partition, event)

    def _follow_send(self, partition: int, event: EventEnvelope) -> None:
        send = partition, event.data.get("request", -1)
        match event.type:
            case "send_queued" | "send_attempted" if event.decides is not None:
                self.open.add(send)
            case "send_accepted" | "send_rejected" | "send_uncertain" | "send_expired" | "send_cancelled":
                self.open.discard(send)
            case "send_resolved" if event.data["resolution"] == "send_again":
                self.open.add(send)
