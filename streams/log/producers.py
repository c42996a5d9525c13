"""Idempotent producers, one after the other: a producer that failed once is never used again (log-fence.md, 4).

An idempotent producer whose sequence was spent on a failed batch is refused by that partition for ever
(OutOfOrderSequenceNumber), so the next append, on whatever partition, takes a new producer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.cluster import Cluster
from streams.log.closing import close_producer
from streams.log.ports import AckTimes, AppendUnknownError, LogError

APPEND_TIMEOUT_S = 10.0
RETRY_WAIT_MS = 50
# A topic's max.message.bytes is 1 MiB and 12 bytes, Kafka's default.
MAX_BATCH_BYTES = 1024 * 1024
BATCH_OVERHEAD_BYTES = 61
RECORD_OVERHEAD_BYTES = 24
"""What a record without headers takes beside its key and value, at most."""
# aiokafka wraps a partition's sequence wrongly at 2^31.
RECORDS_PER_PRODUCER = 2**30
LOG_APPEND_TIME = 1


KeyedValue = tuple[bytes | None, bytes | None]
Headers = Sequence[tuple[str, bytes]]
NO_HEADERS: Sequence[Headers] = ()


class BatchTooLargeError(LogError):
    """What is appended at once fits in one Kafka batch; nothing was sent."""

    def __init__(self, topic: str, records: int, limit: int) -> None:
        super().__init__(f"{records} records for {topic} take more than a batch of {limit} bytes: append fewer at once")


class _NoOffsetError(Exception):
    """A clean ack has an offset."""


class Producer:
    """One idempotent producer, until its first failure."""

    def __init__(self, started: AIOKafkaProducer, max_batch_bytes: int, when_done: Callable[[Producer], None]) -> None:
        self._started = started
        self._max_batch_bytes = max_batch_bytes
        self._when_done = when_done
        self._running = 0
        self._sent: Counter[tuple[str, int]] = Counter()
        self._retired = False
        self.last_ack: AckTimes | None = None

    @property
    def alive(self) -> bool:
        """Whether its sender still runs: an unexpected error there ends it for good."""
        return not self._retired and not self._started._sender.sender_task.done()

    def sent(self, topic: str, partition: int) -> int:
        """How many records it has sent to a partition."""
        return self._sent[topic, partition]

    def batch(self, topic: str, records: Sequence[KeyedValue], headers: Sequence[Headers]) -> Any:
        """`records` as one Kafka batch; raises BatchTooLargeError."""
        batch = self._started.create_batch()
        each: Iterable[Headers] = headers or repeat([])
        # The first record is taken at any size, and a full batch refuses without an error.
        taken = [
            batch.append(timestamp=None, key=k, value=v, headers=h) for (k, v), h in zip(records, each, strict=False)
        ]
        if None in taken or batch.size() > self._max_batch_bytes:
            raise BatchTooLargeError(topic, len(records), self._max_batch_bytes)
        return batch

    async def append(self, topic: str, partition: int, batch: Any) -> int:
        """Send one batch; its base offset. After any error, a cancellation too, the producer is retired."""
        self._sent[topic, partition] += batch.record_count()
        self._running += 1
        try:
            return await self._acknowledged(topic, partition, batch)
        except BaseException:
            self._retired = True
            raise
        finally:
            self._running -= 1
            self._close_when_idle()

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return len(await self._started.partitions_for(topic))

    def retire(self) -> None:
        """Take no more appends; close when the last running one is over."""
        self._retired = True
        self._close_when_idle()

    async def close(self) -> None:
        """Close the producer, also while its broker is away."""
        await close_producer(self._started)

    async def _acknowledged(self, topic: str, partition: int, batch: Any) -> int:
        asked = datetime.now(UTC)
        ack = await (await self._started.send_batch(batch, topic, partition=partition))
        # A duplicate sequence is reported as success, without an offset.
        if ack is None or ack.offset is None or ack.offset < 0:
            raise _NoOffsetError
        if ack.timestamp_type == LOG_APPEND_TIME:
            self.last_ack = AckTimes(asked, datetime.fromtimestamp(ack.timestamp / 1000, UTC), datetime.now(UTC))
        return int(ack.offset)

    def _close_when_idle(self) -> None:
        if self._retired and not self._running:
            self._when_done(self)


class Producers:
    """Appends batches through the newest producer, started when it is needed."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        append_timeout_s: float = APPEND_TIMEOUT_S,
        max_batch_bytes: int = MAX_BATCH_BYTES,
        records_per_producer: int = RECORDS_PER_PRODUCER,
    ) -> None:
        self.max_batch_bytes = max_batch_bytes
        self._cluster = cluster
        self._append_timeout_s = append_timeout_s
        self._records_per_producer = records_per_producer
        self.last_ack: AckTimes | None = None
        self._newest: Producer | None = None
        self._starting = asyncio.Lock()
        self._open: set[Producer] = set()
        self._endings: set[asyncio.Task[None]] = set()

    async def append(
        self, topic: str, partition: int, records: Sequence[KeyedValue], headers: Sequence[Headers] = NO_HEADERS
    ) -> int:
        """Append `records`, each with its `headers` where there are any, as one batch; its base offset.

        Raises BatchTooLargeError before anything is sent, AppendUnknownError when there is no clean ack in time.
        A cancellation leaves as unknown whether they were appended.
        """
        try:
            async with asyncio.timeout(self._append_timeout_s):
                producer = await self._usable(topic, partition, len(records))
                base = await producer.append(topic, partition, producer.batch(topic, records, headers))
                self.last_ack = producer.last_ack
                return base
        except LogError:
            raise
        except (KafkaError, _NoOffsetError, OSError, TimeoutError) as error:
            raise AppendUnknownError(self._unknown(topic, partition, error)) from error

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has; raises LogError when the brokers do not say."""
        try:
            async with asyncio.timeout(self._append_timeout_s):
                return await (await self._usable(topic, 0, 0)).partitions(topic)
        except (KafkaError, OSError, TimeoutError) as error:
            message = f"{self._cluster.bootstrap} does not say how many partitions {topic} has ({error!r})"
            raise LogError(message) from error

    async def close(self) -> None:
        """Close every producer; what is not acknowledged yet stays unknown."""
        for producer in tuple(self._open):
            self._end(producer)
        if self._endings:
            await asyncio.wait(self._endings)

    async def _usable(self, topic: str, partition: int, records: int) -> Producer:
        async with self._starting:
            newest = self._newest
            if newest is not None and not self._has_room(newest, topic, partition, records):
                newest.retire()
                newest = None
            if newest is None:
                newest = self._newest = await self._start()
            return newest

    def _has_room(self, producer: Producer, topic: str, partition: int, records: int) -> bool:
        return producer.alive and producer.sent(topic, partition) + records <= self._records_per_producer

    async def _start(self) -> Producer:
        new = AIOKafkaProducer(
            **self._cluster.options(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=self.max_batch_bytes,
            request_timeout_ms=int(self._append_timeout_s * 1000),
            retry_backoff_ms=RETRY_WAIT_MS,
        )
        producer = Producer(new, self.max_batch_bytes, self._end)
        self._open.add(producer)
        try:
            await new.start()
        except BaseException:
            producer.retire()
            raise
        return producer

    def _end(self, producer: Producer) -> None:
        if producer is self._newest:
            self._newest = None
        if producer in self._open:
            self._open.remove(producer)
            ending = asyncio.ensure_future(producer.close())
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    def _unknown(self, topic: str, partition: int, error: BaseException) -> str:
        why = f"no ack within {self._append_timeout_s:g} s" if isinstance(error, TimeoutError) else repr(error)
        return f"whether the batch for {topic}[{partition}] was appended is unknown: {why}"
