"""A broker, leader of some partitions, cut off from clients, followers and controllers, wholly or by half."""

from __future__ import annotations

import asyncio
from random import Random

from tests.faults.cluster.brokers import NODES
from tests.faults.cluster.proxy import Mode
from tests.faults.cluster.system import System

LONGEST_S = 8.0
LATE_S = 0.15


async def cut(system: System, luck: Random) -> None:
    """Nothing passes and nobody is told: it leads on until it is replaced, and wakes to what was sent."""
    await _turned(system, luck, "held", "cut off: nothing passes")


async def reset(system: System, luck: Random) -> None:
    """Every connection breaks, none can be made."""
    await _turned(system, luck, "reset", "cut off: every connection breaks")


async def halved(system: System, luck: Random) -> None:
    """It hears and is not heard: what it is asked to append it appends, and its acknowledgements do not come."""
    await _turned(system, luck, "half", "hears, and is not heard")


async def delayed(system: System, luck: Random) -> None:
    """Everything comes late."""
    await _turned(system, luck, "open", f"hears and is heard {LATE_S:g} s later", LATE_S)


async def _turned(system: System, luck: Random, mode: Mode, words: str, delay_s: float = 0.0) -> None:
    number, seconds = luck.choice(NODES), luck.uniform(0.5, LONGEST_S)
    system.say(f"broker-{number} {words}, for {seconds:.1f} s")
    await system.network.turn(number, mode, delay_s)
    try:
        await asyncio.sleep(seconds)
    finally:
        await system.network.heal()
