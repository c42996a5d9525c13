"""A line that is made again whenever it ends."""

from __future__ import annotations

import asyncio

import pytest

from streams.drivers.keeping import Keeper


class Line:
    """Ends right after its welcome, so many times; then it leaves."""

    def __init__(self, times: int) -> None:
        self.keeper = Keeper(self._stay, (0.1, 0.5))
        self.left = asyncio.Event()
        self._times = times

    async def _stay(self) -> None:
        self.keeper.welcome()
        self._times -= 1
        if not self._times:
            self.left.set()
            await asyncio.Event().wait()


async def test_what_ends_right_behind_its_welcome_is_begun_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("streams.drivers.keeping.asyncio.sleep", sleep)
    line = Line(5)
    await line.keeper.open()
    await line.left.wait()
    await line.keeper.close(lambda: False, 0)
    assert pauses == [0.1, 0.2, 0.4, 0.5]
