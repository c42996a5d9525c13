"""Creations that are shared: each caller waits as long as he said, and for nobody when all have gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mendline.gateway.creations import Creations
from mendline.gateway.writing import Heard, Wish
from schemas.client.requests import ClientCreationRequested
from schemas.envelope import Context, Position
from schemas.topics import CLIENT
from streams.gateway.hearing import hearing_of
from streams.log.ports import LogError

ANA = Wish("ana", ClientCreationRequested(name="Ana"), "asked")
WHO = Context()


class Slow:
    """A writer whose requests lie in the log at once, and of which nothing is heard for ever."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.given_up = asyncio.Event()
        self._error = error

    async def ask(self, *asked: Any, logged: Callable[[Heard], None]) -> Heard:
        """Wait for ever."""
        self.asked += 1
        if self._error is not None:
            raise self._error
        logged(Heard(CLIENT, ANA, Position("client-requests", 0, 7), hearing_of(CLIENT, "ana", 7)))
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()
        raise AssertionError


async def test_each_caller_waits_as_long_as_he_said() -> None:
    writer = Slow()
    creations = Creations(writer)  # type: ignore[arg-type]  # a double
    patient = asyncio.ensure_future(creations.create(ANA, WHO, 60))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        heard = await creations.create(ANA, WHO, 0)
    assert (heard.at, patient.done(), writer.asked) == ("client-requests/0/7", False, 1)
    patient.cancel()


async def test_who_asked_first_may_go_and_others_wait_on() -> None:
    writer = Slow()
    creations = Creations(writer)  # type: ignore[arg-type]  # a double
    first, second = (asyncio.ensure_future(creations.create(ANA, WHO, 60)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    assert (second.done(), writer.given_up.is_set()) == (False, False)
    second.cancel()
    async with asyncio.timeout(5):
        await writer.given_up.wait()


async def test_who_comes_when_all_have_gone_asks_anew() -> None:
    writer = Slow()
    creations = Creations(writer)  # type: ignore[arg-type]  # a double
    for _ in range(2):
        await creations.create(ANA, WHO, 0)
    assert writer.asked == 2


async def test_all_are_told_that_the_log_is_away() -> None:
    creations = Creations(Slow(LogError("away")))  # type: ignore[arg-type]  # a double
    told = await asyncio.gather(*(creations.create(ANA, WHO, 60) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in told] == ["away"] * 3
    with pytest.raises(LogError):
        await creations.create(ANA, WHO, 60)
