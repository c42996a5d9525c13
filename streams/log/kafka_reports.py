"""Reports and dead letters in Kafka, sent until they are acknowledged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from schemas.partitioner import partition_of
from streams.log.cluster import Cluster
from streams.log.outage import Outage
from streams.log.ports import EventRecord, LogError, LogRecord, ReportLog
from streams.log.producers import APPEND_TIMEOUT_S, BatchTooLargeError, Headers, KeyedValue, Producers


class KafkaReportLog(ReportLog):
    """Writes to a requests topic and to dead letters; what was sent again after an error may lie there twice."""

    def __init__(
        self, cluster: Cluster, requests: str, dead_letters: str, *, append_timeout_s: float = APPEND_TIMEOUT_S
    ) -> None:
        self._requests = requests
        self._dead_letters = dead_letters
        self._producers = Producers(cluster, append_timeout_s=append_timeout_s)
        self._outage = Outage(f"reports to {cluster.bootstrap}")

    async def report(self, key: bytes, value: bytes) -> None:
        """Append a request to its key's partition of the requests topic, acknowledged; retries until it is."""
        await self._send(self._requests, (key, value))

    async def publish(self, topic: str, records: Sequence[EventRecord]) -> None:
        """Append requests, each to its key's partition of a requests topic, acknowledged; retries until they are."""
        partitions = await self._partitions(topic)
        by_partition: dict[int, list[KeyedValue]] = defaultdict(list)
        for key, value in records:
            by_partition[partition_of(key, partitions)].append((key, value))
        await asyncio.gather(*(self._append(topic, p, some) for p, some in by_partition.items()))

    async def dead_letter(self, reason: str, topic: str, partition: int, record: LogRecord) -> None:
        """Keep a record that cannot be decoded, with reason and position in headers, before its own ones.

        A record that these make too large is kept without its value: `value-bytes` says how large that was.
        """
        headers = [*_position_headers(reason, topic, partition, record), *record.headers]
        try:
            await self._send(self._dead_letters, (record.key, record.value), headers)
        except BatchTooLargeError:
            size = ("value-bytes", str(len(record.value or b"")).encode())
            await self._send(self._dead_letters, (record.key, None), [*headers, size])

    async def close(self) -> None:
        """Close all connections, within two seconds also while the broker is away."""
        await self._producers.close()

    async def _send(self, topic: str, record: KeyedValue, headers: Headers = ()) -> None:
        partition = partition_of(record[0] or b"", await self._partitions(topic))
        await self._append(topic, partition, [record], headers)

    async def _partitions(self, topic: str) -> int:
        while True:
            try:
                return await self._producers.partitions(topic)
            except LogError as error:
                await self._outage.wait(error)

    async def _append(self, topic: str, partition: int, records: Sequence[KeyedValue], headers: Headers = ()) -> None:
        while True:
            try:
                await self._producers.append(topic, partition, records, headers)
            except BatchTooLargeError:
                raise
            except LogError as error:
                await self._outage.wait(error)
            else:
                self._outage.over()
                return


def _position_headers(reason: str, topic: str, partition: int, record: LogRecord) -> Headers:
    position = {"topic": topic, "partition": str(partition), "offset": str(record.offset)}
    return [("reason", reason.encode()), *((name, value.encode()) for name, value in position.items())]
