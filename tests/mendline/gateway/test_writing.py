"""Requests that are asked and waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from mendline.gateway.writing import Wish, Writer, decided
from schemas.device.requests import RefreshRequested
from schemas.envelope import Context, Position
from schemas.topics import DEVICE
from streams.gateway.hearing import Hearing, hearing_of
from streams.log.ports import LogError


class Deaf:
    """A log that takes everything, and whose events cannot be read: appender, fates and tracing in one."""

    async def partition(self, *_: object) -> int:
        """The only one."""
        return 0

    async def append(self, _: object, records: Sequence[object]) -> list[Position]:
        """Acknowledged."""
        return [Position("device-requests", 0, n) for n, _ in enumerate(records)]

    @asynccontextmanager
    async def listening(self, *_: object) -> AsyncIterator[Any]:
        """Nothing will be heard."""
        yield self

    def hear(self, asked: Sequence[tuple[Position, str]]) -> list[Hearing]:
        """Of each that nothing can be heard."""
        hearings = [hearing_of(DEVICE, key, position.offset) for position, key in asked]
        for hearing in hearings:
            hearing.fail(LogError("the brokers went away"))
        return hearings

    @contextmanager
    def publishing(self, *_: object) -> Iterator[None]:
        """Untraced."""
        yield None


async def test_what_lies_in_the_log_is_said_to_although_nothing_can_be_heard_of_it() -> None:
    deaf = Deaf()
    writer = Writer(deaf, deaf, deaf)  # type: ignore[arg-type]  # doubles
    heard = await writer.ask(DEVICE, Wish("phone", RefreshRequested(), "asked"), Context(), decided, 60)
    assert (heard.at, heard.hearing.told) == ("device-requests/0/0", [])
