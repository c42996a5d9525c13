"""The end of one events partition, read for as long as somebody waits for something there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from schemas.envelope import EventEnvelope
from schemas.story import counted
from streams.gateway.audience import Audience
from streams.gateway.hearing import Hearing
from streams.log.ports import LogRecord

Read = Callable[[int], AsyncGenerator[Sequence[LogRecord], None]]


class Listening:
    """Keeps what a tail reads until it is told which requests are meant."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._kept: list[tuple[int, EventEnvelope]] | None = []
        self._hearings: Sequence[Hearing] = ()
        self._failed: Exception | None = None

    def keep(self, offset: int, envelope: EventEnvelope) -> None:
        """Something was read."""
        if self._kept is not None:
            self._kept.append((offset, envelope))

    def fail(self, error: Exception) -> None:
        """Nothing more is read."""
        self._failed = error
        for hearing in self._hearings:
            hearing.fail(error)

    def hear(self, hearings: Sequence[Hearing]) -> None:
        """Tell these what has been read since this was opened, and from here on."""
        kept, self._kept, self._hearings = self._kept or (), None, hearings
        audience = Audience(hearings)
        for offset, envelope in kept:
            audience.tell(offset, envelope)
        self._tail.audience.join(audience)
        if self._failed is not None:
            self.fail(self._failed)

    def close(self) -> None:
        """Hear no more."""
        for hearing in self._hearings:
            self._tail.audience.forget(hearing)
        self._tail.leave(self)


class Tail:
    """Reads from the partition's end on; `end` asks where that is, `read` gives records from an offset on, for ever."""

    def __init__(self, end: Callable[[], Awaitable[int]], read: Read, linger_s: float) -> None:
        self.audience = Audience()
        self._end = end
        self._read = read
        self._linger_s = linger_s
        self._reading: asyncio.Task[None] | None = None
        self._begun: asyncio.Future[None] | None = None
        self._listening: set[Listening] = set()
        self._leaving: asyncio.TimerHandle | None = None
        self._endings: set[asyncio.Task[None]] = set()

    def listen(self) -> Listening:
        """Keep what is read from here on; wait for `begun` before anything is asked that is to be heard."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._reading is None:
            self._begin()
        listening = Listening(self)
        self._listening.add(listening)
        return listening

    async def begun(self) -> None:
        """Return once everything that is appended from now on will be read; raises LogError."""
        if self._begun is not None:
            await asyncio.shield(self._begun)

    def leave(self, listening: Listening) -> None:
        """One listens no more; the last one leaves the tail to end a while later."""
        self._listening.discard(listening)
        if not self._listening and self._reading is not None:
            self._leaving = asyncio.get_running_loop().call_later(self._linger_s, self._stop)

    async def close(self) -> None:
        """Read no more."""
        if self._leaving is not None:
            self._leaving.cancel()
        self._stop()
        if self._endings:
            await asyncio.wait(self._endings)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._begun = loop.create_future()
        self._reading = loop.create_task(self._follow(self._begun))

    def _stop(self) -> None:
        """At once for who listens next, although its connections take a while to close."""
        if self._reading is not None:
            self._reading.cancel()
            self._endings.add(self._reading)
            self._reading.add_done_callback(self._endings.discard)
            self._reading = self._leaving = None

    async def _follow(self, begun: asyncio.Future[None]) -> None:
        try:
            batches = self._read(await self._end())
            begun.set_result(None)
            async with aclosing(batches):
                async for batch in batches:
                    for record in batch:
                        self._take(record)
        except asyncio.CancelledError:
            begun.cancel()
            raise
        except Exception as error:  # it belongs to those who wait; whoever listens next begins anew
            self._reading = None
            self._fail(error, begun)

    def _fail(self, error: Exception, begun: asyncio.Future[None]) -> None:
        if not begun.done():
            begun.set_exception(error)
            begun.exception()  # nobody may be left who asks for it
        for listening in self._listening:
            listening.fail(error)

    def _take(self, record: LogRecord) -> None:
        envelope = counted(record.offset, record.value)
        if envelope is not None:
            for listening in self._listening:
                listening.keep(record.offset, envelope)
            self.audience.tell(record.offset, envelope)
