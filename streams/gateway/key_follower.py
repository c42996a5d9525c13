"""Following `control-events`, so that who may come in is known on every node as soon as it is decided."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

from schemas.cluster import Cluster
from schemas.control.rights import Caller
from schemas.topics import CONTROL, Topics
from streams.gateway.keyring import Keyring, KnownKey
from streams.log.beside import beside
from streams.log.event_reading import decoded
from streams.log.heard import Heard
from streams.log.ports import LogError
from streams.log.topic_client import TopicClient

AGAIN_S = 1.0

log = logging.getLogger(__name__)


class FollowedKeys:
    """The keys as far as they were read. `caller` lets nobody in before they were read to the end once."""

    def __init__(self, where: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._where = where
        self._heard: Heard[int] = Heard(clock)  # until it is told a revocation may be late
        self._keyring = Keyring()
        self._level = asyncio.Event()
        self._trouble = ""

    def caller(self, token: str) -> Caller | None:
        """Who shows this token; None: nobody whom it lets in."""
        return self._keyring.caller(token)

    def keys(self) -> Sequence[KnownKey]:
        """Every key that was ever made, revoked ones too, the oldest first."""
        return self._keyring.keys()

    def not_ready(self) -> str | None:
        """Why it cannot be said for certain who may come in, and what to do; None: it can."""
        if self._trouble:
            return f"API keys: {self._trouble}"
        if not self._level.is_set():
            return f"API keys: {self._where} is not read to its end yet: are its brokers up, and is a leader elected?"
        if silent_s := self._heard.silent_too_long_s():
            return (
                f"API keys: nothing was heard of {self._where} for {silent_s:.0f} s, so that a key may be revoked by "
                "now: are its brokers up?"
            )
        return None

    async def read_once(self) -> None:
        """Wait until everything is read that was there when reading began."""
        await self._level.wait()

    # what the reader tells

    def heard(self, partitions: Collection[int]) -> None:
        """The leaders of these answered just now."""
        self._heard.note(partitions)

    def become(self, keyring: Keyring) -> None:
        """Everything that was there is in this keyring, which will grow."""
        self._keyring, self._trouble = keyring, ""
        self._level.set()

    def fail(self, trouble: str) -> None:
        """The log cannot be read; what was known holds."""
        self._trouble = trouble


@asynccontextmanager
async def following_keys(cluster: Cluster, topics: Topics) -> AsyncIterator[FollowedKeys]:
    """The keys, read from the beginning and followed for as long as the context lasts; brokers may come and go."""
    topic = topics.events(CONTROL)
    followed = FollowedKeys(f"{topic} on {cluster.bootstrap}")
    async with beside(_follow(cluster, topic, followed)):
        yield followed


async def read_keys(cluster: Cluster, topics: Topics) -> Keyring:
    """The keys as they are now; waits while brokers are away. Raises LogError."""
    client = TopicClient(cluster, topics.events(CONTROL))
    try:
        async with aclosing(_rounds(client)) as rounds:
            while not (read := await anext(rounds)).level:
                pass
            return read.keyring
    finally:
        await client.close()


class _Round(NamedTuple):
    """What is read so far, whose leaders answered just now, and whether all is read that was there at the beginning."""

    keyring: Keyring
    answered: Collection[int]
    level: bool


async def _rounds(client: TopicClient) -> AsyncGenerator[_Round]:
    """Everything from the beginning on, for ever, in one keyring."""
    partitions = range(await client.partitions())
    ends = {partition: await client.end(partition) for partition in partitions}
    positions = {partition: await client.first(partition) for partition in partitions}
    keyring, answered = Keyring(), set(partitions)
    while True:
        yield _Round(keyring, answered, all(positions[partition] >= ends[partition] for partition in partitions))
        found = await client.fetch_each(positions)
        for partition, fetched in found.items():
            records, positions[partition] = decoded(fetched, f"{client.topic}[{partition}]")
            keyring.fold(partition, records)
        answered = set(found)


async def _follow(cluster: Cluster, topic: str, followed: FollowedKeys) -> None:
    """Whatever goes wrong, all is read again from the beginning: keys are few."""
    while True:
        client = TopicClient(cluster, topic)
        try:
            async with aclosing(_rounds(client)) as rounds:
                async for each in rounds:
                    followed.heard(each.answered)
                    if each.level:
                        followed.become(each.keyring)
        except Exception as error:  # following must never end: it would let revoked keys in for ever
            log.warning(
                "API keys: beginning again with %s (%s)", topic, error, exc_info=not isinstance(error, LogError)
            )
            followed.fail(str(error))
        finally:
            await client.close()
        await asyncio.sleep(AGAIN_S)
