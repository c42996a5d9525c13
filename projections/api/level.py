"""Reading one's own writes: waiting until the read models hold what lies at some positions of the log.

`at_least` takes what `Mendline-Position` gave. An event's position: the read models that follow its topic have come
past it. A request's: they hold its fate, which `decided` of their checkpoints tells: the highest request they know of.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, NamedTuple

from psycopg import AsyncConnection

from projections.catalogue import ALL_MODELS
from projections.errors import NotLevelError, ProjectionError
from schemas.topics import Stream

MOST_POSITIONS = 1000
LONGEST_SHOWN = 60
POSITION = re.compile(r"([a-z-]{1,60})/([0-9]{1,6})/([0-9]{1,18})")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.002, 0.1
STREAMS: Mapping[str, Stream] = {
    topic: model.stream for model in ALL_MODELS for topic in (model.stream.events, model.stream.requests)
}
MODELS = {stream: frozenset(m.name for m in ALL_MODELS if m.stream == stream) for stream in set(STREAMS.values())}
LOOK = "SELECT projection, partition, next_offset, decided FROM checkpoints WHERE projection = ANY(%s)"
NAMES = [model.name for model in ALL_MODELS]
FORM = "give topic/partition/offset, several with commas between, as Mendline-Position does: device-events/3/1234"

Standings = Mapping[tuple[str, int], tuple[int, int | None]]
"""Next offset and highest decided request, by read model and partition."""
Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class PositionInvalidError(ProjectionError):
    """A position names a place in a topic that the read models follow."""

    code: ClassVar[str] = "position_invalid"


class Place(NamedTuple):
    """A record that somebody wants the read models to hold: an event, or a request's fate."""

    topic: str
    partition: int
    offset: int

    def is_in(self, standings: Standings) -> bool:
        """Whether every read model of its stream holds it."""
        stream = STREAMS[self.topic]
        found = [standings.get((name, self.partition)) for name in MODELS[stream]]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return False
        slowest = min(next_offset for next_offset, _ in known)
        if self.topic == stream.events:
            return slowest > self.offset
        # Who has not come further than the slowest, and knows of the fate, tells of all: a fate lies in one place.
        return any(
            decided is not None and decided >= self.offset for next_offset, decided in known if next_offset == slowest
        )


def places_of(text: str) -> list[Place]:
    """The places that `at_least` names; raises PositionInvalidError."""
    parts = text.split(",", MOST_POSITIONS)
    if len(parts) > MOST_POSITIONS:
        raise PositionInvalidError(f"more than {MOST_POSITIONS} positions: give the last of each partition")
    return [_place(part.strip()) for part in parts]


def _place(text: str) -> Place:
    found = POSITION.fullmatch(text)
    if found is None:
        shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."
        raise PositionInvalidError(f"{shown!r} is no position: {FORM}")
    if found[1] not in STREAMS:
        raise PositionInvalidError(f"no read model follows {found[1]!r}: there are {', '.join(sorted(STREAMS))}")
    return Place(found[1], int(found[2]), int(found[3]))


class Level:
    """Waits for positions on behalf of all readers of a process, who share each look at the checkpoints.

    No connection is held between looks, so that who waits keeps nobody from reading.
    """

    def __init__(self, connecting: Connecting) -> None:
        self._connecting = connecting
        self._look: asyncio.Task[Standings] | None = None

    async def reach(self, at_least: str, timeout_s: float) -> None:
        """Return once the read models hold all of these.

        Raises PositionInvalidError, NotLevelError after `timeout_s`, and what reading raises.
        """
        missing = places_of(at_least)
        try:
            async with asyncio.timeout(timeout_s):
                async for standings in self._looks():
                    missing = [place for place in missing if not place.is_in(standings)]
                    if not missing:
                        return
        except TimeoutError:
            raise NotLevelError(_late(missing, timeout_s)) from None

    async def _looks(self) -> AsyncIterator[Standings]:
        pause = FIRST_PAUSE_S
        while True:
            yield await self._shared_look()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)

    async def _shared_look(self) -> Standings:
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._standings())
            self._look.add_done_callback(_heard)
        return await asyncio.shield(self._look)

    async def _standings(self) -> Standings:
        async with self._connecting() as connection:
            cursor = await connection.execute(LOOK, [NAMES])
            return {(row[0], row[1]): (row[2], row[3]) for row in await cursor.fetchall()}


def _heard(look: asyncio.Task[Standings]) -> None:
    """Whoever asked for the look may have given up meanwhile; then nobody is to be told that it failed."""
    if not look.cancelled():
        look.exception()


def _late(missing: Iterable[Place], timeout_s: float) -> str:
    first = next(iter(missing))
    return (
        f"after {timeout_s:g} s the read models do not hold {first.topic}/{first.partition}/{first.offset} yet: ask"
        " again, or see how far behind the projector is (`mendline doctor`)"
    )
