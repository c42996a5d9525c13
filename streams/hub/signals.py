"""What phones are to be shown while devices are paired: told as it comes, to those who may pair, and kept by nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from schemas.cluster import Cluster
from schemas.device.pairing import DeviceSignal, decode_signal
from schemas.hub.frames import Signal
from schemas.topics import Topics
from streams.hub.fan_out import Listener, Message
from streams.log.beside import beside
from streams.log.event_reading import decoded
from streams.log.ports import LogError
from streams.log.topic_client import TopicClient

AGAIN_S = 1.0

log = logging.getLogger(__name__)


class Audience(Protocol):
    """Who is in which group."""

    def listeners(self, group: str) -> Collection[Listener]:
        """Who listens to the group."""

    def give(self, listener: Listener, frame: bytes) -> None:
        """Tell one, behind what it is told already."""


class Newest(NamedTuple):
    """What a device shows now; until: in seconds since 1970."""

    message: Message
    until: float


class Signals:
    """The newest signal of each device that is being paired, as long as it holds."""

    def __init__(self, audience: Audience, wall: Callable[[], float]) -> None:
        self._audience = audience
        self._wall = wall
        self._newest: dict[str, Newest] = {}

    def take(self, signal: DeviceSignal) -> None:
        """Tell those who listen to the device and may pair, unless its time is over."""
        self._forget()
        group, until = f"device:{signal.device_id}", signal.until.timestamp()
        if until <= self._wall():
            return
        message = _message(group, signal)
        self._newest[group] = Newest(message, until)
        for listener in self._audience.listeners(group):
            if listener.pairs:
                self._audience.give(listener, listener.frame(message))

    def newest(self, group: str) -> Message | None:
        """What the device of that group shows now."""
        found = self._newest.get(group)
        return found.message if found is not None and found.until > self._wall() else None

    def _forget(self) -> None:
        now = self._wall()
        self._newest = {group: newest for group, newest in self._newest.items() if newest.until > now}


@asynccontextmanager
async def following_signals(cluster: Cluster, topics: Topics, signals: Signals) -> AsyncIterator[None]:
    """Tell what is shown now, and from now on, for as long as the context lasts; nobody waits for it."""
    async with beside(_follow(cluster, topics.device_signals, signals)):
        yield


async def _follow(cluster: Cluster, topic: str, signals: Signals) -> None:
    while True:
        client = TopicClient(cluster, topic)
        try:
            await _tell(client, signals)
        except Exception as error:  # following must never end: nobody could pair any more
            log.warning("beginning again with %s (%s)", topic, error, exc_info=not isinstance(error, LogError))
        finally:
            await client.close()
        await asyncio.sleep(AGAIN_S)


async def _tell(client: TopicClient, signals: Signals) -> None:
    positions = {partition: await client.first(partition) for partition in range(await client.partitions())}
    while True:
        for partition, fetched in (await client.fetch_each(positions)).items():
            records, positions[partition] = decoded(fetched, f"{client.topic}[{partition}]")
            for record in records:
                if (signal := decode_signal(record.value)) is not None:
                    signals.take(signal)


def _message(group: str, signal: DeviceSignal) -> Message:
    frame = Signal(group=group, pairing=signal.pairing, kind=signal.kind, text=signal.text, until=signal.until)
    content = frame.model_dump_json().encode()
    return Message(content, content)
