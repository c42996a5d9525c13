"""What becomes of requests that handlers wait for: one reader for each events partition that somebody waits on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from schemas.cluster import Cluster
from schemas.envelope import Position
from schemas.topics import Stream, Topics
from streams.gateway.hearing import Hearing, hearing_of
from streams.gateway.tail import Listening, Tail
from streams.log.event_reading import records_from
from streams.log.topic_client import TopicClient

LINGER_S = 10.0
"""How long a reader goes on that nobody needs: who asks next does not have to wait until it has begun."""


class Ear:
    """Open before requests are appended, so that none of their events is missed; `hear` then tells of which."""

    def __init__(self, stream: Stream, listening: dict[int, Listening]) -> None:
        self._stream = stream
        self._listening = listening

    def hear(self, asked: Sequence[tuple[Position, str]]) -> list[Hearing]:
        """Follow these requests, each by its position and key; may be called once."""
        hearings = [hearing_of(self._stream, key, position.offset) for position, key in asked]
        for partition, listening in self._listening.items():
            mine = [h for h, (position, _) in zip(hearings, asked, strict=True) if position.partition == partition]
            listening.hear(mine)
        return hearings


class Fates:
    """Follows events partitions for those who wait; ten thousand of them on one partition cost one fetch."""

    def __init__(self, cluster: Cluster, topics: Topics, *, linger_s: float = LINGER_S) -> None:
        self._cluster = cluster
        self._topics = topics
        self._linger_s = linger_s
        self._ends: dict[Stream, TopicClient] = {}
        self._tails: dict[tuple[Stream, int], Tail] = {}

    @asynccontextmanager
    async def listening(self, stream: Stream, partitions: Collection[int]) -> AsyncIterator[Ear]:
        """Hear what happens in these partitions from here on, while the context lasts; raises LogError."""
        tails = {partition: self._tail(stream, partition) for partition in partitions}
        opened: dict[int, Listening] = {}
        try:
            for partition, tail in tails.items():
                opened[partition] = tail.listen()
            await asyncio.gather(*(tail.begun() for tail in tails.values()))
            yield Ear(stream, opened)
        finally:
            for listening in opened.values():
                listening.close()

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(tail.close() for tail in self._tails.values()))
        await asyncio.gather(*(ends.close() for ends in self._ends.values()))

    def _tail(self, stream: Stream, partition: int) -> Tail:
        if (stream, partition) not in self._tails:
            topic = self._topics.events(stream)
            ends = self._ends.setdefault(stream, TopicClient(self._cluster, topic))
            self._tails[stream, partition] = Tail(
                lambda: ends.end(partition),
                lambda begin: records_from(TopicClient(self._cluster, topic), partition, begin),
                self._linger_s,
            )
        return self._tails[stream, partition]
