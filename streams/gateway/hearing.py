"""What somebody who waits has heard of one request so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from schemas.client_story import ClientStory
from schemas.envelope import EventEnvelope
from schemas.message import Event
from schemas.story import Story, Told
from schemas.topics import CLIENT, Stream


class AnyStory(Protocol):
    """Which events belong to a request, and whether more will."""

    request: int
    decided: bool
    ended: bool

    def tells(self, envelope: EventEnvelope, event: Event) -> bool:
        """Whether the event that comes next in the log belongs to the story."""


class Hearing:
    """The events about one request, in log order; `key`: whose it is."""

    def __init__(self, key: str, story: AnyStory) -> None:
        self.key = key
        self.story = story
        self.told: list[Told] = []
        self._failed: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return self.story.ended or self._failed is not None

    async def until(self, reached: Callable[[Hearing], bool], deadline: float) -> bool:
        """Whether it was reached before `deadline`, a time of the loop's clock; raises LogError when nobody can say."""
        loop = asyncio.get_running_loop()
        while not reached(self):
            if self._failed is not None:
                raise self._failed
            if self.over or loop.time() >= deadline:
                return False
            self._waiter = loop.create_future()
            timer = loop.call_at(deadline, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
        return True

    def take(self, told: Told) -> None:
        """Take in the event that comes next in the log, if it belongs here."""
        if not self.over and self.story.tells(told.envelope, told.event):
            self.told.append(told)
            self._wake()

    def fail(self, error: Exception) -> None:
        """Nothing more can be heard."""
        self._failed = error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def hearing_of(stream: Stream, key: str, request: int) -> Hearing:
    """For the request of a stream at that offset."""
    return Hearing(key, ClientStory(key, request) if stream is CLIENT else Story(key, request))
