"""Offsets and records of one topic, asked of the brokers for as long as it takes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from aiokafka import TopicPartition
from aiokafka import errors as kafka_errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest

from schemas.cluster import Cluster
from streams.log.closing import close_client
from streams.log.outage import Outage
from streams.log.ports import LogError
from streams.log.topic_description import DescribeTopic, TopicDescription, described

REQUEST_TIMEOUT_S = 10.0
FETCH_WAIT_MS = 250
FETCH_BYTES = 1024 * 1024
LEADER_TIMEOUT_S = 2.0
"""For one of several that are asked at once, so that none holds the others up for long."""
NOT_A_REPLICA = -1
READ_UNCOMMITTED = 0
T = TypeVar("T")
# How ListOffsets (KIP-79) names the two ends of a log.
LATEST, EARLIEST = -1, -2
REFUSALS = (
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.ClusterAuthorizationFailedError,
    kafka_errors.AuthenticationFailedError,
    kafka_errors.AuthenticationMethodNotSupported,
)

LASTING = (*REFUSALS, kafka_errors.OffsetOutOfRangeError)
AWAY = (kafka_errors.KafkaError, OSError, TimeoutError)


class Fetched(NamedTuple):
    """What a leader answered: raw record batches from `position` on, which may start before it."""

    position: int
    batches: bytes


class PartitionMissingError(LogError):
    """Every partition that is asked for exists and has a leader."""

    def __init__(self, topic: str, problem: str) -> None:
        super().__init__(f"{topic} {problem}")


class TopicClient:
    """Asks leaders about one topic; waits and tries again while they are away.

    Raises LogError where waiting does not help. One question at a time: a waiting fetch holds up the next one.
    """

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self.topic = topic
        self._cluster = cluster
        self._outage = Outage(f"{topic} on {cluster.bootstrap}")
        self._client: AIOKafkaClient | None = None
        self._opening = asyncio.Lock()

    async def partitions(self) -> int:
        """How many partitions the topic has; waits until it exists."""
        return await self._patiently(self._ask_partitions)

    async def end(self, partition: int) -> int:
        """The partition's high watermark: the offset that its next record will have."""
        return await self._patiently(lambda client: self._ask_offset(client, partition, LATEST))

    async def first(self, partition: int) -> int:
        """The first offset that the partition still has."""
        return await self._patiently(lambda client: self._ask_offset(client, partition, EARLIEST))

    async def fetch(self, partition: int, position: int) -> Fetched:
        """The next batches, uncommitted ones too; none when nothing came for a quarter of a second."""
        try:
            return await self._patiently(lambda client: self._ask_batches(client, partition, position))
        except kafka_errors.OffsetOutOfRangeError as error:
            raise LogError(await self._out_of_range(partition, position)) from error

    async def fetch_each(self, positions: Mapping[int, int]) -> dict[int, Fetched]:
        """The next batches of many partitions, by one question to each leader; without those whose leader is away."""
        try:
            return await self._patiently(lambda client: self._ask_leaders(client, positions))
        except kafka_errors.OffsetOutOfRangeError as error:
            raise LogError(f"{self.topic} lacks an offset of {dict(positions)}: it was trimmed or made anew") from error

    async def cluster_id(self) -> str:
        """What the cluster calls itself since it was made."""
        return await self._patiently(self._ask_cluster_id)

    async def description(self) -> TopicDescription:
        """The topic's id, which it has had since it was made, and who leads which partition."""
        return await self._patiently(self._ask_description)

    async def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await close_client(client)

    async def _patiently(self, ask: Callable[[AIOKafkaClient], Awaitable[T]]) -> T:
        while True:
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    answer = await ask(await self._opened())
            except REFUSALS as error:
                message = f"{self._cluster.bootstrap} refuses {self.topic}: grant this user access ({error})"
                raise LogError(message) from error
            except kafka_errors.OffsetOutOfRangeError:
                raise
            except (kafka_errors.KafkaError, PartitionMissingError, OSError, TimeoutError) as error:
                # A client that failed is not trusted again: it may cling to a broker that is gone.
                await self.close()
                await self._outage.wait(repr(error))
            else:
                self._outage.over()
                return answer

    async def _opened(self) -> AIOKafkaClient:
        async with self._opening:
            if self._client is None:
                self._client = await self._new_client()
            return self._client

    async def _new_client(self) -> AIOKafkaClient:
        timeout_ms = int(REQUEST_TIMEOUT_S * 1000)
        client = AIOKafkaClient(**self._cluster.options(), request_timeout_ms=timeout_ms)
        try:
            await client.bootstrap()
            await client.set_topics([self.topic])
        except BaseException:
            await close_client(client)
            raise
        return client

    async def _ask_partitions(self, client: AIOKafkaClient) -> int:
        return len(self._known_partitions(client))

    async def _ask_cluster_id(self, client: AIOKafkaClient) -> str:
        response = await client.send(client.get_random_node(), MetadataRequest([], allow_auto_topic_creation=False))
        return str(response.cluster_id)

    async def _ask_description(self, client: AIOKafkaClient) -> TopicDescription:
        code, found = described(await client.send(client.get_random_node(), DescribeTopic(self.topic)))
        _raise_for(code)
        return found

    async def _ask_offset(self, client: AIOKafkaClient, partition: int, which: int) -> int:
        question = [(self.topic, [(partition, which)])]
        request = OffsetRequest(NOT_A_REPLICA, READ_UNCOMMITTED, question)
        _, code, _, offset = await self._answer(client, partition, request)
        _raise_for(code)
        return int(offset)

    async def _ask_batches(self, client: AIOKafkaClient, partition: int, position: int) -> Fetched:
        question = [(self.topic, [(partition, position, FETCH_BYTES)])]
        request = FetchRequest(FETCH_WAIT_MS, 1, FETCH_BYTES, READ_UNCOMMITTED, question, rack_id="")
        _, code, *_, batches = await self._answer(client, partition, request)
        _raise_for(code)
        return Fetched(position, batches or b"")

    async def _ask_leaders(self, client: AIOKafkaClient, positions: Mapping[int, int]) -> dict[int, Fetched]:
        by_leader: dict[int, list[int]] = defaultdict(list)
        for partition in positions.keys() & self._known_partitions(client):
            by_leader[client.cluster.leader_for_partition(TopicPartition(self.topic, partition))].append(partition)
        questions = [self._ask_leader(client, *each, positions) for each in by_leader.items()]
        answers = await asyncio.gather(*questions, return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        _raise_lasting(failures)
        found = {p: each for answer in answers if isinstance(answer, dict) for p, each in answer.items()}
        if not found:
            raise (failures or [PartitionMissingError(self.topic, "has no leader: start its brokers")])[0]
        if any(isinstance(failure, TimeoutError) for failure in failures):
            await self.close()  # what is asked next on that connection would wait behind what is not answered
        elif len(found) < len(positions):
            client.force_metadata_update()
        return found

    async def _ask_leader(
        self, client: AIOKafkaClient, leader: int | None, partitions: Sequence[int], positions: Mapping[int, int]
    ) -> dict[int, Fetched]:
        if leader is None or leader < 0:
            return {}
        question = [(self.topic, [(partition, positions[partition], FETCH_BYTES) for partition in partitions])]
        request = FetchRequest(FETCH_WAIT_MS, 1, FETCH_BYTES, READ_UNCOMMITTED, question, rack_id="")
        async with asyncio.timeout(LEADER_TIMEOUT_S):
            response = await client.send(leader, request)
        found: dict[int, Fetched] = {}
        for partition, code, *_, batches in response.topics[0][1]:
            if code == kafka_errors.NoError.errno:
                found[partition] = Fetched(positions[partition], batches or b"")
            else:
                _raise_lasting([kafka_errors.for_code(code)()])
        return found

    async def _answer(self, client: AIOKafkaClient, partition: int, request: Any) -> Any:
        if partition not in self._known_partitions(client):
            raise PartitionMissingError(self.topic, f"has no partition {partition}: create it")
        leader = client.cluster.leader_for_partition(TopicPartition(self.topic, partition))
        if leader is None or leader < 0:
            raise PartitionMissingError(self.topic, f"has no leader for partition {partition}: start its brokers")
        response = await client.send(leader, request)
        return response.topics[0][1][0]

    def _known_partitions(self, client: AIOKafkaClient) -> set[int]:
        known: set[int] | None = client.cluster.partitions_for_topic(self.topic)
        if not known:
            raise PartitionMissingError(self.topic, "does not exist: `mendline topics` makes it")
        return known

    async def _out_of_range(self, partition: int, position: int) -> str:
        first, end = await self.first(partition), await self.end(partition)
        what_to_do = (
            "a snapshot or checkpoint from before the trim is needed, or the archive"
            if position < first
            else "the log lost its tail, or this is another log: compare the cluster with its backup"
        )
        return f"{self.topic}[{partition}] has no offset {position}, only {first} to {end}: {what_to_do}"


def _raise_lasting(failures: Sequence[BaseException]) -> None:
    """Raise what does not pass by itself."""
    for failure in failures:
        if isinstance(failure, LASTING) or not isinstance(failure, AWAY):
            raise failure


def _raise_for(code: int) -> None:
    error = kafka_errors.for_code(code)
    if error is not kafka_errors.NoError:
        raise error()
