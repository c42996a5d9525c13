"""The outside producer killed in the middle of a batch; started again, it publishes what it is not sure of."""

from __future__ import annotations

import asyncio
from random import Random

from tests.faults.cluster.system import System


async def killed(system: System, luck: Random) -> None:
    """`kill -9`, twice, a moment apart."""
    system.say("kill -9 producer, twice")
    for _ in range(2):
        await system.kill(system.producer)
        await system.start(system.producer)
        await asyncio.sleep(luck.uniform(0.5, 1.5))


async def stopped(system: System, luck: Random) -> None:
    """SIGSTOP: its unacknowledged records come late, and again."""
    seconds = luck.uniform(0.1, 6)
    system.say(f"SIGSTOP producer for {seconds:.1f} s")
    await system.stop(system.producer, seconds)
