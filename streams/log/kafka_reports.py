"""Reports and dead letters in Kafka, sent until they are acknowledged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from schemas.cluster import Cluster
from schemas.partitioner import partition_of
from streams.log.gathering import MOST_BYTES, Gathering, Record
from streams.log.outage import Outage
from streams.log.ports import EventRecord, LogError, LogRecord, ReportLog
from streams.log.producers import APPEND_TIMEOUT_S, BatchTooLargeError, Headers, Producers


class KafkaReportLog(ReportLog):
    """Writes to a requests topic and to dead letters; what was sent again after an error may lie there twice."""

    def __init__(
        self, cluster: Cluster, requests: str, dead_letters: str, *, append_timeout_s: float = APPEND_TIMEOUT_S
    ) -> None:
        self._requests = requests
        self._dead_letters = dead_letters
        self._producers = Producers(cluster, append_timeout_s=append_timeout_s)
        self._outage = Outage(f"reports to {cluster.bootstrap}")
        self._gatherings: dict[tuple[str, int], Gathering] = {}

    async def report(self, key: bytes, value: bytes) -> None:
        """Append a request to its key's partition of the requests topic, acknowledged; retries until it is."""
        await self._send(self._requests, [Record(key, value)])

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        """Append requests, each to its key's partition of a requests topic, acknowledged; retries until they are."""
        await self._send(topic, [Record(key, value) for key, value in records])

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        """Keep a record that cannot be decoded, with reason and position in headers, before its own ones.

        Of a record that these make too large only these are kept: `value-bytes` says how large its value was.
        """
        await self._send(self._dead_letters, [_letter(_position_headers(reason, topic, partition, record), record)])

    async def close(self) -> None:
        """Close all connections, within two seconds also while the broker is away."""
        await self._producers.close()

    async def _send(self, topic: str, records: Sequence[Record]) -> None:
        partitions = await self._partitions(topic)
        by_partition: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            by_partition[partition_of(record.key or b"", partitions)].append(record)
        await asyncio.gather(*(self._gathering(topic, p).put(some) for p, some in by_partition.items()))

    def _gathering(self, topic: str, partition: int) -> Gathering:
        if (topic, partition) not in self._gatherings:
            self._gatherings[topic, partition] = Gathering(partial(self._append, topic, partition))
        return self._gatherings[topic, partition]

    async def _partitions(self, topic: str) -> int:
        while True:
            try:
                return await self._producers.partitions(topic)
            except LogError as error:
                await self._outage.wait(error)

    async def _append(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        pairs = [(record.key, record.value) for record in records]
        headers = [[*record.headers] for record in records]
        while True:
            try:
                await self._producers.append(topic, partition, pairs, headers)
            except BatchTooLargeError:
                raise
            except LogError as error:
                await self._outage.wait(error)
            else:
                self._outage.over()
                return


def _letter(place: Headers, record: LogRecord) -> Record:
    whole = Record(record.key, record.value, [*place, *record.headers])
    if whole.size() <= MOST_BYTES:
        return whole
    size = ("value-bytes", str(len(record.value or b"")).encode())
    without_value = Record(record.key, None, [*whole.headers, size])
    return without_value if without_value.size() <= MOST_BYTES else Record(None, None, [*place, size])


def _position_headers(reason: str, topic: str, partition: int, record: LogRecord) -> Headers:
    position = {"topic": topic, "partition": str(partition), "offset": str(record.offset)}
    return [("reason", reason.encode()), *((name, value.encode()) for name, value in position.items())]
