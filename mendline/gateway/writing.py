"""How a handler writes: it appends requests, and waits for their fates or for what becomes of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from mendline.telemetry.logs import log_about
from mendline.telemetry.tracing import Tracing
from schemas.envelope import Context, Position, request_encoder
from schemas.message import Request
from schemas.topics import Stream
from streams.gateway.appender import Appender
from streams.gateway.fates import Fates
from streams.gateway.hearing import Hearing
from streams.log.ports import EventRecord, LogError

log = logging.getLogger(__name__)
SOURCE = "mendline/gateway"


class Wish(NamedTuple):
    """What is to be asked of a key, checked already."""

    key: str
    request: Request
    request_id: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What lies in the log since something was asked; `hearing`: what was heard of it within the time given."""

    stream: Stream
    wish: Wish
    position: Position
    hearing: Hearing

    @property
    def at(self) -> str:
        """The position to read one's own write at: of the last event heard, else of the request."""
        if not self.hearing.told:
            return token(self.stream.requests, self.position.partition, self.position.offset)
        return token(self.stream.events, self.position.partition, self.hearing.told[-1].offset)


def token(topic: str, partition: int, offset: int) -> str:
    """A position as the header `Mendline-Position` has it, without the installation's prefix."""
    return f"{topic}/{partition}/{offset}"


def highest(positions: Iterable[str]) -> str:
    """The last position of each partition, as `at_least` takes several."""
    last: dict[tuple[str, str], int] = {}
    for position in positions:
        topic, partition, offset = position.rsplit("/", 2)
        last[topic, partition] = max(last.get((topic, partition), -1), int(offset))
    return ",".join(f"{topic}/{partition}/{offset}" for (topic, partition), offset in last.items())


def decided(hearing: Hearing) -> bool:
    """Whether the fate is known."""
    return hearing.story.decided


def ended(hearing: Hearing) -> bool:
    """Whether nothing more will become of it."""
    return hearing.story.ended


class Writer:
    """Appends requests of one node."""

    def __init__(self, appender: Appender, fates: Fates, tracing: Tracing) -> None:
        self._appender = appender
        self._fates = fates
        self._tracing = tracing

    async def log(self, stream: Stream, wishes: Sequence[Wish], context: Context) -> list[Position]:
        """Where the requests lie; each is acknowledged by all in-sync replicas. Raises LogError."""
        return await self._append(stream, wishes, context)

    async def ask(
        self,
        stream: Stream,
        wish: Wish,
        context: Context,
        reached: Callable[[Hearing], bool],
        timeout_s: float,
        *,
        logged: Callable[[Heard], None] | None = None,
    ) -> Heard:
        """Append a request, and hear of it until that is reached or the time is over; raises LogError.

        logged: is told as soon as the request is in the log, with what goes on to hear of it.
        """
        return (await self.ask_all(stream, [wish], context, reached, timeout_s, logged=logged))[0]

    async def ask_all(
        self,
        stream: Stream,
        wishes: Sequence[Wish],
        context: Context,
        reached: Callable[[Hearing], bool],
        timeout_s: float,
        *,
        logged: Callable[[Heard], None] | None = None,
    ) -> list[Heard]:
        """Append requests, and hear of each until that is reached or the time is over; raises LogError."""
        partitions = {await self._appender.partition(stream, wish.key) for wish in wishes}
        async with self._fates.listening(stream, partitions) as ear:
            positions = await self._append(stream, wishes, context)
            asked = [(position, wish.key) for position, wish in zip(positions, wishes, strict=True)]
            heard = [Heard(stream, *each) for each in zip(wishes, positions, ear.hear(asked), strict=True)]
            if logged is not None:
                for each in heard:
                    logged(each)
            await _hear(heard, reached, timeout_s)
        return heard

    async def _append(self, stream: Stream, wishes: Sequence[Wish], context: Context) -> list[Position]:
        """All in one span, which what becomes of them is part of."""
        about = [(wish.key, wish.request_id) for wish in wishes]
        with self._tracing.publishing(stream, about, context.traceparent) as carried:
            _name(stream, wishes, carried)
            return await self._appender.append(stream, _records(wishes, context._replace(traceparent=carried)))

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(self._appender.aclose(), self._fates.aclose())


def _records(wishes: Sequence[Wish], context: Context) -> list[EventRecord]:
    at = datetime.now(UTC)
    encoders = {type_: request_encoder(type_, SOURCE, time=at, context=context) for type_ in _types(wishes)}
    return [
        EventRecord(key.encode(), encoders[request.type](request_id, key, request))
        for key, request, request_id in wishes
    ]


def _name(stream: Stream, wishes: Sequence[Wish], traceparent: str | None) -> None:
    """From here on log which request it is, where it is one."""
    if len(wishes) > 1:
        return log_about(traceparent=traceparent)
    wish = wishes[0]
    return log_about(request_id=wish.request_id, traceparent=traceparent, **{stream.key: wish.key})


def _types(wishes: Sequence[Wish]) -> set[str]:
    return {wish.request.type for wish in wishes}


async def _hear(heard: Sequence[Heard], reached: Callable[[Hearing], bool], timeout_s: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_s
    try:
        for each in heard:
            await each.hearing.until(reached, deadline)
    except LogError as error:
        # It lies in the log, whoever can be heard: to say that nobody knows would have it asked for again.
        log.warning("what became of requests cannot be heard: %s", error)
