"""Following all of `connection-events`, and telling the node what the log says of its connections."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from schemas.cluster import Cluster
from schemas.connection.events import ConnectionClosed, ConnectionOpened, ConnectionReplaced
from schemas.connection.subjects import subject_of_node
from schemas.envelope import EventEnvelope
from schemas.hub.close_codes import CloseCode
from schemas.message import RequestRefused
from schemas.story import counted
from schemas.topics import CONNECTION, Topics
from streams.connection.node import says_lost
from streams.hub.hub import Hub
from streams.log.beside import beside
from streams.log.event_reading import decoded
from streams.log.heard import Heard
from streams.log.ports import LogError, LogRecord
from streams.log.topic_client import TopicClient

AGAIN_S = 1.0

log = logging.getLogger(__name__)


def tell(hub: Hub, envelope: EventEnvelope) -> None:
    """Tell the node what an event that counts says."""
    data = envelope.data
    match envelope.type:
        case ConnectionOpened.type:
            if data.get("node") == hub.node:
                hub.opened(envelope.subject, data["connection"])
        case ConnectionReplaced.type:
            hub.replaced(data["connection"], data["by"])
        case ConnectionClosed.type:
            hub.closed(data["connection"], data["why"])
        case RequestRefused.type:
            hub.refused(str(data.get("request_id")), data["reason"])
    if envelope.subject == subject_of_node(hub.node) and says_lost(envelope):
        hub.lost()


def tell_all(hub: Hub, records: Iterable[LogRecord]) -> None:
    """Tell the node what the next records of a partition say."""
    for record in records:
        envelope = counted(record.offset, record.value)
        if envelope is not None:
            tell(hub, envelope)


class Registry:
    """Whether the log is being read, for those who ask whether the node is ready."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.heard: Heard[int] = Heard(clock)

    def not_ready(self) -> Sequence[str]:
        """Why nobody can be connected; empty: everybody can."""
        if not self.heard.anything:
            return ("connection-events is not read: are the brokers up?",)
        if silent_s := self.heard.silent_too_long_s():
            return (f"nothing was heard of connection-events for {silent_s:.0f} s: are the brokers up?",)
        return ()


@asynccontextmanager
async def following_connections(cluster: Cluster, topics: Topics, hub: Hub) -> AsyncIterator[Registry]:
    """Tell the node everything from now on, for as long as the context lasts; brokers may come and go."""
    registry, begun = Registry(), asyncio.Event()
    async with beside(_follow(cluster, topics.events(CONNECTION), hub, registry, begun)):
        await begun.wait()
        yield registry


async def _follow(cluster: Cluster, topic: str, hub: Hub, registry: Registry, begun: asyncio.Event) -> None:
    while True:
        client = TopicClient(cluster, topic)
        try:
            await _tell_from_now_on(client, hub, registry, begun)
        except Exception as error:  # following must never end: nobody would be replaced any more
            log.warning("beginning again with %s (%s)", topic, error, exc_info=not isinstance(error, LogError))
            registry.heard.forget()
            # What was said meanwhile is not known: whoever is replaced by now must not stay.
            hub.close_all(CloseCode.GOING_AWAY)
        finally:
            await client.close()
        await asyncio.sleep(AGAIN_S)


async def _tell_from_now_on(client: TopicClient, hub: Hub, registry: Registry, begun: asyncio.Event) -> None:
    positions = {partition: await client.end(partition) for partition in range(await client.partitions())}
    registry.heard.note(positions)
    begun.set()
    while True:
        found = await client.fetch_each(positions)
        for partition, fetched in found.items():
            records, positions[partition] = decoded(fetched, f"{client.topic}[{partition}]")
            tell_all(hub, records)
        registry.heard.note(found)
