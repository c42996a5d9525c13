"""Requests from Kafka: whole fetched batches, from positions that only `seek` sets."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from schemas.cluster import Cluster
from streams.log.membership import Group, Membership
from streams.log.ports import Intake, LogError, LogRecord, RequestBatch, TruncatedRequestsError
from streams.log.topic_client import TopicClient

POLL_S = 1.0
POLL_MS = 900
MAX_RECORDS = 2000


class KafkaIntake(Intake):
    """What a member of the group has of one requests topic; everything is read committed.

    A batch ends at the next fetch position, behind offsets without a record: transaction markers, aborted records.
    `batches` is awaited by itself, not in a task of its own, so that no `seek` comes between a fetch and its result.
    """

    def __init__(
        self,
        cluster: Cluster,
        topic: str,
        group: Group,
        *,
        max_records: int = MAX_RECORDS,
        membership: Membership | None = None,
    ) -> None:
        self._topic = topic
        self._max_records = max_records
        self._offsets = TopicClient(cluster, topic)
        self._membership = Membership(cluster, [topic], group) if membership is None else membership
        self._share = self._membership.share(topic)
        self._share.on_assigned = self._restore
        self._positions: dict[int, int] = {}
        self._flowing: set[int] = set()

    @classmethod
    def of_topics(cls, cluster: Cluster, topics: Sequence[str], group: Group) -> dict[str, KafkaIntake]:
        """One member of the group that shares all `topics`, seen once a topic; open one of them, close all."""
        membership = Membership(cluster, topics, group)
        return {topic: cls(cluster, topic, group, membership=membership) for topic in topics}

    async def open(self) -> None:
        """Begin to join the group; `changed` tells when there is an assignment."""
        self._membership.open()

    async def close(self) -> None:
        """Leave, within two seconds also while the broker is away."""
        await asyncio.gather(self._membership.close(), self._offsets.close())

    async def partitions(self) -> int:
        """How many partitions the requests topic has; waits until it exists."""
        return await self._offsets.partitions()

    async def first(self, partition: int) -> int:
        """The first offset that the requests partition still has."""
        return await self._offsets.first(partition)

    def assigned(self) -> frozenset[int]:
        """The partitions that this member believes are its own, during a rebalance too."""
        return self._share.assigned

    def holding(self, partition: int) -> int:
        """Which holding of the partition this is: another number whenever another member may have had it meanwhile."""
        return self._share.holding.number(partition)

    async def changed(self) -> frozenset[int]:
        """Wait until the assignment may have changed since the last call; the new one. Raises FencedMemberError."""
        return await self._membership.changed(self._topic)

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        """Commit group offsets, as proof of membership; raises NotMemberError when refused, LogError when unknown.

        passed: by partition, up to where no request follows its position, but markers and aborted records.
        """
        await self._membership.commit(self._topic, positions, passed)

    async def confirm(self) -> None:
        """Ask whether the group knows this member still; raises NotMemberError if not, LogError when unknown."""
        await self._membership.confirm()

    async def passed(self, partition: int) -> tuple[int, int] | None:
        """The position that was last committed with a `passed`, and that; raises LogError when it cannot be asked."""
        return await self._membership.passed(self._topic, partition)

    def seek(self, partition: int, offset: int) -> None:
        """Take requests of the partition from `offset` on; they flow once `resume` was called."""
        self._positions[partition] = offset
        if (consumer := self._consumer_of(partition)) is not None:
            consumer.seek(TopicPartition(self._topic, partition), offset)
            self._apply_flow(consumer, partition)

    def pause(self, partitions: Collection[int]) -> None:
        """Take nothing from these for now."""
        self._flowing.difference_update(partitions)
        self._apply_flows(partitions)

    def resume(self, partitions: Collection[int]) -> None:
        """Take from these again, from where each stands; a partition that was never sought stands nowhere."""
        self._flowing.update(partitions)
        self._apply_flows(partitions)

    async def batches(self) -> Mapping[int, RequestBatch]:
        """Whole fetched batches by partition; empty after at most one second without any.

        Raises TruncatedRequestsError, again at every call, while a partition stands before its first offset.
        """
        self._membership.look()
        try:
            async with asyncio.timeout(POLL_S):
                await self._membership.settled()
                return await self._fetched()
        except TimeoutError:
            return {}

    async def _fetched(self) -> Mapping[int, RequestBatch]:
        consumer = self._membership.consumer
        mine = [TopicPartition(self._topic, partition) for partition in self.assigned()]
        if consumer is None or not mine:  # asked for none, aiokafka gives those of every topic
            return await asyncio.sleep(POLL_S, {})
        try:
            fetched = await consumer.getmany(*mine, timeout_ms=POLL_MS, max_records=self._max_records)
        except KafkaError as error:
            # What was fetched together with the error is lost in it: fetch it again.
            self._restore(consumer, self.assigned())
            await self._recover(error)
            return {}
        # A rebalance that began meanwhile has taken the positions back.
        return await self._taken(consumer, fetched) if consumer is self._membership.consumer else {}

    async def _taken(self, consumer: AIOKafkaConsumer, fetched: Mapping[Any, Any]) -> Mapping[int, RequestBatch]:
        batches = {}
        for partition in self._flowing & self._positions.keys() & self.assigned():
            where = TopicPartition(self._topic, partition)
            # Answers at once, as the position was set by `seek`; it moves without records, too.
            begin, end = self._positions[partition], await consumer.position(where)
            if begin != end:
                batches[partition] = RequestBatch(begin, end, _records(fetched.get(where, ())))
                self._positions[partition] = end
        return batches

    async def _recover(self, error: KafkaError) -> None:
        match error:
            case OffsetOutOfRangeError(args=[dict(positions)]):
                for where, position in positions.items():
                    await self._raise_out_of_range(where.partition, position, error)
            case CorruptRecordException():
                message = f"{self._topic} is damaged ({error}): restore the partition from another replica"
                raise LogError(message) from error
            case NoOffsetForPartitionError():
                # aiokafka looked for a position of its own before `_restore` set one.
                return
            case _:
                self._membership.rejoin(error)

    async def _raise_out_of_range(self, partition: int, position: int, error: KafkaError) -> None:
        first = await self._offsets.first(partition)
        where = f"{self._topic}[{partition}]"
        if position < first:
            message = (
                f"{where} begins at {first}, but {position} was to be decided next: lengthen the topic's retention "
                "and publish again what lay between"
            )
            raise TruncatedRequestsError(message) from error
        message = f"{where} ends before {position}, which comes next: the log lost its tail, or is another one"
        raise LogError(message) from error

    def _restore(self, consumer: AIOKafkaConsumer, assigned: frozenset[int]) -> None:
        self._flowing &= assigned
        self._positions = {p: position for p, position in self._positions.items() if p in assigned}
        for partition in assigned:
            where = TopicPartition(self._topic, partition)
            # Any position keeps aiokafka from looking one up and starting there.
            consumer.seek(where, self._positions.get(partition, 0))
            self._apply_flow(consumer, partition)

    def _apply_flows(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            if (consumer := self._consumer_of(partition)) is not None:
                self._apply_flow(consumer, partition)

    def _apply_flow(self, consumer: AIOKafkaConsumer, partition: int) -> None:
        flows = partition in self._flowing and partition in self._positions
        (consumer.resume if flows else consumer.pause)(TopicPartition(self._topic, partition))

    def _consumer_of(self, partition: int) -> AIOKafkaConsumer | None:
        # During a rebalance there is none: `_restore` follows.
        return self._membership.consumer if partition in self.assigned() else None


def _records(fetched: Sequence[Any]) -> Sequence[LogRecord]:
    return [LogRecord(r.offset, r.timestamp, r.key, r.value, r.headers) for r in fetched]
