"""Publishing requests, as any outside producer may: plain records in the requests topic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import ClassVar, Self
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from mendline.errors import SetupError
from schemas.cluster import Cluster
from schemas.envelope import NO_CONTEXT, Context, Position, encode_request
from schemas.message import Request
from schemas.partitioner import partition_of
from schemas.topics import DEVICE, Stream, Topics
from streams.log.closing import close_producer
from streams.log.topic_client import TopicClient

TIMEOUT_S = 10.0


class BrokersAwayError(SetupError):
    """Brokers answer, and have the topics."""

    code: ClassVar[str] = "brokers_away"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in the log; `device_id`: its key, whatever its stream.

    events_from: every event about it lies there or later in its events partition.
    """

    request_id: str
    device_id: str
    position: Position
    events_from: int
    stream: Stream = DEVICE


class Producer:
    """Publishes requests, each acknowledged by all in-sync replicas; an asynchronous context manager."""

    def __init__(
        self, cluster: Cluster, topics: Topics, *, source: str = "mendline", timeout_s: float = TIMEOUT_S
    ) -> None:
        self._cluster = cluster
        self._topics = topics
        self._source = source
        self._timeout_s = timeout_s
        self._events: dict[Stream, TopicClient] = {}

    async def __aenter__(self) -> Self:
        timeout_ms = int(self._timeout_s * 1000)
        self._kafka = AIOKafkaProducer(
            **self._cluster.options(), request_timeout_ms=timeout_ms, enable_idempotence=True
        )
        try:
            await self._kafka.start()
        except (KafkaError, OSError) as error:
            await close_producer(self._kafka)
            raise self._away(error) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(close_producer(self._kafka), *(events.close() for events in self._events.values()))

    async def publish(
        self,
        device_id: str,
        request: Request,
        *,
        request_id: str | None = None,
        context: Context = NO_CONTEXT,
        stream: Stream = DEVICE,
    ) -> Asked:
        """Append a request to its key's partition; raises BrokersAwayError when that is not confirmed in time.

        The same request id again is safe: a send that was published twice leaves once.
        """
        asked_as, at = request_id or uuid4().hex, datetime.now(UTC)
        value = encode_request(asked_as, request.type, device_id, self._source, request, time=at, context=context)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._published(device_id, asked_as, value, stream)
        except (KafkaError, OSError, TimeoutError) as error:
            raise self._away(error, stream) from error

    async def begin(
        self, device_id: str, request: Request, request_id: str, context: Context = NO_CONTEXT
    ) -> Awaitable[object]:
        """Hand a request over without waiting for its acknowledgement, which is what `acked` waits for."""
        at, key = datetime.now(UTC), device_id.encode()
        value = encode_request(request_id, request.type, device_id, self._source, request, time=at, context=context)
        try:
            async with asyncio.timeout(self._timeout_s):
                topic = self._topics.requests()
                partition = partition_of(key, len(await self._kafka.partitions_for(topic)))
                sent: Awaitable[object] = await self._kafka.send(topic, value, key, partition=partition)
        except (KafkaError, OSError, TimeoutError) as error:
            raise self._away(error) from error
        return sent

    async def acked(self, sent: Awaitable[object]) -> None:
        """Wait until a request is acknowledged by all in-sync replicas; raises BrokersAwayError."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await sent
        except (KafkaError, OSError, TimeoutError) as error:
            raise self._away(error) from error

    async def _published(self, key: str, request_id: str, value: bytes, stream: Stream) -> Asked:
        topic = self._topics.requests(stream)
        partition = partition_of(key.encode(), len(await self._kafka.partitions_for(topic)))
        events_from = await self._events_of(stream).end(partition)
        record = await self._kafka.send_and_wait(topic, value, key.encode(), partition=partition)
        return Asked(request_id, key, Position(topic, partition, record.offset), events_from, stream)

    def _events_of(self, stream: Stream) -> TopicClient:
        if stream not in self._events:
            self._events[stream] = TopicClient(self._cluster, self._topics.events(stream))
        return self._events[stream]

    def _away(self, error: BaseException, stream: Stream = DEVICE) -> BrokersAwayError:
        return BrokersAwayError(
            f"{self._cluster.bootstrap} does not take requests ({type(error).__name__}): are its brokers up, and is "
            f"there a topic {self._topics.requests(stream)}? `mendline doctor` looks"
        )
