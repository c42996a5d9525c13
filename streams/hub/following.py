"""Following the log for a feed: every partition, and each leader by itself, so that none waits for another's news."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from schemas.topics import Stream
from streams.hub.epoch import epoch_of
from streams.hub.feed import FOLLOWED, Feed
from streams.hub.kept import Kept, kept
from streams.hub.reach import EVENT_BYTES, Following, Log, Reach
from streams.log.beside import beside
from streams.log.event_reading import decoded
from streams.log.ports import LogError
from streams.log.topic_client import Fetched, TopicClient
from streams.log.topic_description import TopicDescription

EVENTS_A_TURN = 100
"""Of one partition: some 50 KB, were all of them for one client."""
MERGED_WITHIN_S = 0.1
TICKS_A_LOOK = 10
LOOK_EVERY_S = 5.0
"""How often it is looked whether the topics are the same still, and led by whom."""
AGAIN_S = 1.0
ASKED_WITHIN_S = 0.5
ASK_AGAIN_S = 5.0
Described = Mapping[Stream, TopicDescription]

log = logging.getLogger(__name__)


@asynccontextmanager
async def following_feed(of: Log, feed: Feed, reach: Reach | None = None) -> AsyncIterator[Following]:
    """Everything was read once, and what comes is told as long as the context lasts; brokers may come and go."""
    reader = Reader(of, feed, reach or Reach())
    async with beside(reader.run()):
        await reader.following.level.wait()
        yield reader.following


class Reader:
    """Reads the log to its end, and on; what it cannot read it skips, and the feed says so to whom it may concern."""

    def __init__(self, of: Log, feed: Feed, reach: Reach) -> None:
        self.following = Following()
        self._log = of
        self._feed = feed
        self._reach = reach
        self._positions: dict[Stream, dict[int, int]] = {}
        self._behind: dict[tuple[Stream, int], int] = {}
        self._ask_again_at = 0.0

    async def run(self) -> None:
        """Follow for ever: brokers come back, and a log that was made anew is another one."""
        while True:
            try:
                async with AsyncExitStack() as closing:
                    clients = {stream: self._client(stream) for stream in FOLLOWED}
                    for client in clients.values():
                        closing.push_async_callback(client.close)
                    await self._follow(clients)
            except Exception as error:  # following must never end: nobody would be told anything any more
                shown = not isinstance(error, LogError)
                log.warning("the events are read on in a moment (%s)", error, exc_info=shown)
            await asyncio.sleep(AGAIN_S)

    async def _follow(self, clients: Mapping[Stream, TopicClient]) -> None:
        described: Described = {stream: await client.description() for stream, client in clients.items()}
        epoch = self._epoch(described)
        if epoch == self._feed.epoch:
            await self._check(clients)
        else:
            await self._open(epoch, clients)
        while self._epoch(described) == epoch:
            described = await self._read(clients, described)

    def _epoch(self, described: Described) -> str:
        return epoch_of(self._log.installation, (described[stream].id for stream in FOLLOWED))

    async def _open(self, epoch: str, clients: Mapping[Stream, TopicClient]) -> None:
        """Begin a while before the ends."""
        room: dict[Stream, int] = {}
        self._positions, self._behind = {}, {}
        for stream, client in clients.items():
            count = await client.partitions()
            room[stream] = self._reach.of_partition(stream, count)
            ends = {number: await client.end(number) for number in range(count)}
            self._positions[stream] = {
                number: max(await client.first(number), end - room[stream] // EVENT_BYTES)
                for number, end in ends.items()
            }
            self._behind |= {(stream, number): end for number, end in ends.items()}
        self._feed.open(epoch, {stream: dict(begins) for stream, begins in self._positions.items()}, room)

    async def _check(self, clients: Mapping[Stream, TopicClient]) -> None:
        """Skip to the end where the log does not have any more what comes next."""
        for stream, client in clients.items():
            for number, position in self._positions[stream].items():
                end = await client.end(number)
                if not await client.first(number) <= position <= end:
                    self._skip(stream, number, end)

    async def _read(self, clients: Mapping[Stream, TopicClient], described: Described) -> Described:
        """Read until the topics are not led as described any more; how they are now."""
        led: dict[tuple[Stream, int], list[int]] = defaultdict(list)
        for stream in FOLLOWED:
            for number, leader in described[stream].leaders.items():
                led[stream, leader].append(number)
        looking = asyncio.create_task(self._look(clients, described))
        others = [asyncio.create_task(self._read_from(stream, numbers)) for (stream, _), numbers in led.items()]
        tasks: list[asyncio.Task[Any]] = [looking, asyncio.create_task(self._tick()), *others]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return looking.result()

    async def _look(self, clients: Mapping[Stream, TopicClient], described: Described) -> Described:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = {stream: await client.description() for stream, client in clients.items()}
            if now != described:
                return now

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(MERGED_WITHIN_S)
            self._feed.tell_fleet()
            ticks += 1
            if ticks % TICKS_A_LOOK == 0:
                self._feed.look_after_campaigns()

    async def _read_from(self, stream: Stream, numbers: Collection[int]) -> None:
        """What one leader has of these partitions, for ever."""
        client = self._client(stream)
        positions = self._positions[stream]
        try:
            while True:
                found = await client.fetch_each({number: positions[number] for number in numbers})
                for number, fetched in found.items():
                    await self._take(client, stream, number, fetched)
                self.following.heard(stream, found)
        finally:
            await client.close()

    async def _take(self, client: TopicClient, stream: Stream, number: int, fetched: Fetched) -> None:
        try:
            records, position = decoded(fetched, f"{client.topic}[{number}]")
        except LogError as error:
            log.error("%s; it is passed over, whom it may concern loads the state anew", error)  # noqa: TRY400
            self._skip(stream, number, await client.end(number))
            return
        events = [event for record in records if (event := kept(record.offset, record.value)) is not None]
        if sends := self._feed.unsaid(stream, number, events):
            await self._learn(number, sends)
        for some in range(0, len(events), EVENTS_A_TURN):
            told = events[some : some + EVENTS_A_TURN]
            self._tell(stream, number, told, told[-1].offset + 1)
            await asyncio.sleep(0)  # what was told is written: else a backlog would count as unsent, and all as slow
        self._tell(stream, number, (), position)

    def _tell(self, stream: Stream, number: int, events: Sequence[Kept], position: int) -> None:
        try:
            self._feed.take(stream, number, events, position)
        except Exception:  # else it would be read, and told, again and again
            log.exception(
                "what lies in %s[%d] before %d cannot be told: this is a bug", stream.events, number, position
            )
            self._skip(stream, number, position)
        self._moved(stream, number, position)

    def _skip(self, stream: Stream, number: int, position: int) -> None:
        self._feed.skip(stream, {number: position})
        self._moved(stream, number, position)

    def _moved(self, stream: Stream, number: int, position: int) -> None:
        self._positions[stream][number] = position
        if self._behind and position >= self._behind.get((stream, number), position + 1):
            del self._behind[stream, number]
            if not self._behind:
                self.following.level.set()

    async def _learn(self, number: int, sends: Collection[int]) -> None:
        """Ask for the campaigns of sends; whoever listens is told that something is missing if nobody can say."""
        loop = asyncio.get_running_loop()
        if self._log.campaigns is None or loop.time() < self._ask_again_at:
            return
        try:
            async with asyncio.timeout(ASKED_WITHIN_S):
                found = await self._log.campaigns(number, sends)
        except Exception as error:
            log.warning("the campaigns of sends cannot be asked for, asking again in %g s (%s)", ASK_AGAIN_S, error)
            self._ask_again_at = loop.time() + ASK_AGAIN_S
        else:
            self._feed.learn(number, found)

    def _client(self, stream: Stream) -> TopicClient:
        return TopicClient(self._log.cluster, self._log.topics.events(stream))
