"""What the log says of a program under test, read when it is done, so that nobody takes its cores while it works."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers.process import SilentProgramError
from benchmarks.workload import PARTITIONS, SETTLED
from schemas.topics import Topics

LOOK_S = 0.25
QUIET_S = 2.5
START_LIMIT_S = 60.0


@dataclass(slots=True)
class History:
    """Sends of one run by the broker's clock, ms, and what should not have happened."""

    began: int = 0
    settled: list[int] = field(default_factory=list)
    twice: int = 0
    out_of_turn: int = 0

    def whole_rate(self) -> float:
        """Sends settled a second from the first send's first event to the last outcome."""
        return len(self.settled) / max((max(self.settled) - self.began) / 1000, 0.001)

    def warm_rate(self, warm_up_s: float) -> float:
        """The same, of what was settled after `warm_up_s`; of the second half where the run was not twice as long."""
        end = max(self.settled)
        begin = min(self.began + warm_up_s * 1000, (self.began + end) / 2)
        return sum(at > begin for at in self.settled) / max((end - begin) / 1000, 0.001)


async def until_done(consumer: AIOKafkaConsumer, topics: Topics, expected: float, seconds: float) -> None:
    """Wait until `expected` events are there, none came for a while, or `seconds` went by since the first.

    Raises SilentProgramError when there is no first one.
    """
    places = [TopicPartition(topics.events(), partition) for partition in range(PARTITIONS)]
    started = changed = time.monotonic()
    first, seen = 0.0, 0
    while seen < expected and (not first or time.monotonic() < first + seconds):
        await asyncio.sleep(LOOK_S)
        count, now = sum((await consumer.end_offsets(places)).values()), time.monotonic()
        if count > seen:
            first, changed, seen = first or now, now, count
        elif first and now > changed + QUIET_S:
            return
        elif not first and now > started + START_LIMIT_S:
            message = f"{topics.events()} is still empty after {START_LIMIT_S:g} s"
            raise SilentProgramError(message)


async def history(consumer: AIOKafkaConsumer, topics: Topics) -> History:
    """Read all events of a run."""
    places = [TopicPartition(topics.events(), partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    left, reader = await consumer.end_offsets(places), Reader()
    while any([await consumer.position(place) < end for place, end in left.items()]):
        for place, records in (await consumer.getmany(timeout_ms=200, max_records=5000)).items():
            for record in records:
                reader.note(place.partition, record.key, record.value, record.timestamp)
    return reader.history


class Reader:
    """Adds up the events of a run, in the order of each partition."""

    def __init__(self) -> None:
        self.history = History()
        self._settled: set[tuple[int, int]] = set()
        self._under_way: dict[bytes, int] = {}

    def note(self, partition: int, key: bytes, value: bytes, at: int) -> None:
        """Take one event, appended at `at`, ms."""
        event = orjson.loads(value)
        if not event["type"].startswith("send_"):
            return
        self.history.began = min(self.history.began or at, at)
        request = event["data"]["request"]
        if event["type"] == "send_attempted":
            self._attempted(key, request)
        elif event["type"] in SETTLED:
            self._ended(partition, key, request, at)

    def _attempted(self, key: bytes, request: int) -> None:
        self.history.out_of_turn += self._under_way.get(key, request) != request
        self._under_way[key] = request

    def _ended(self, partition: int, key: bytes, request: int, at: int) -> None:
        if self._under_way.get(key) == request:
            del self._under_way[key]
        self.history.twice += (partition, request) in self._settled
        self._settled.add((partition, request))
        self.history.settled.append(at)
