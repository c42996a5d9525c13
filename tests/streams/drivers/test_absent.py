"""A driver that a worker leaves out: its devices wait, and nothing leaves."""

from __future__ import annotations

import asyncio

from schemas.device.body import Body
from schemas.device.outcomes import NotConnected, Uncertain, Unreachable
from streams.drivers.absent import AbsentDriver
from streams.drivers.port import Ask, Close, Connect, Outcome, Send
from streams.drivers.wablas.traits import WABLAS


async def test_nothing_is_begun_and_everything_is_answered() -> None:
    driver = AbsentDriver("wablas", WABLAS)
    outcomes: list[Outcome] = []
    for effect in (Send("d", None, "m", 1, "1", Body()), Ask("d", None, "m", 1, "1"), Connect("d", 1), Close("d", 1)):
        driver.start(effect, outcomes.append)
    assert outcomes == []
    await asyncio.sleep(0)
    assert [type(outcome) for outcome in outcomes] == [NotConnected, Uncertain, Unreachable, type(None)]
    assert not driver.healthy("d", 1)
