"""The read side harmed: PostgreSQL killed and gone, the projector killed or stopped."""

from __future__ import annotations

import asyncio
import time
from random import Random

from tests.faults.cluster.system import System

LONGEST_S = 15.0
A_MINUTE_S = 60.0


async def database_killed(system: System, luck: Random) -> None:
    """`kill -9`, and gone for a while."""
    await _away(system, luck.uniform(1, LONGEST_S))


async def database_gone(system: System, _: Random) -> None:
    """`kill -9`, and gone for a minute."""
    await _away(system, A_MINUTE_S)


async def _away(system: System, away: float) -> None:
    system.say(f"kill -9 PostgreSQL, away for {away:.1f} s")
    after = time.time()
    await asyncio.to_thread(system.database.kill)
    system.story.harmed("PostgreSQL", "kill -9", after)
    await asyncio.sleep(away)
    await asyncio.to_thread(system.database.start)
    await asyncio.to_thread(system.database.wait_ready)


async def projector_killed(system: System, _: Random) -> None:
    """`kill -9`, and started again at once."""
    system.say("kill -9 projector, started again at once")
    await system.kill(system.projector)
    await system.start(system.projector)


async def projector_stopped(system: System, luck: Random) -> None:
    """SIGSTOP."""
    seconds = luck.uniform(0.1, 3)
    system.say(f"SIGSTOP projector for {seconds:.1f} s")
    await system.stop(system.projector, seconds)
