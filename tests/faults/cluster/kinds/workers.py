"""Workers killed, stopped, restarted, and lost for a while."""

from __future__ import annotations

import asyncio
import time
from random import Random

from tests.faults.cluster.story import WORKER_LOST
from tests.faults.cluster.system import SETTLES_S, System

LONGEST_STOP_S = 6.0
LONGEST_AWAY_S = 3.0


async def killed(system: System, luck: Random) -> None:
    """`kill -9`, and started again at once."""
    worker = luck.choice(system.workers)
    system.say(f"kill -9 {worker.name}, started again at once")
    await system.kill(worker)
    await system.start(worker)


async def killed_and_away(system: System, luck: Random) -> None:
    """`kill -9`, and started again after a while: before, at, or behind the end of its session."""
    worker, away = luck.choice(system.workers), luck.uniform(0.1, LONGEST_AWAY_S)
    system.say(f"kill -9 {worker.name}, away for {away:.1f} s")
    await system.kill(worker)
    await asyncio.sleep(away)
    await system.start(worker)


async def all_killed(system: System, luck: Random) -> None:
    """Every one, a moment apart, in any order."""
    workers = luck.sample(system.workers, len(system.workers))
    system.say(f"kill -9 {', '.join(worker.name for worker in workers)}, started again at once")
    for worker in workers:
        await system.kill(worker)
        await asyncio.sleep(luck.uniform(0, 0.3))
    for worker in workers:
        await system.start(worker)


async def lost(system: System, luck: Random) -> None:
    """`kill -9`, and not started again until the others have its partitions at work."""
    worker = luck.choice(system.workers)
    mine = system.partitions_of(worker)
    system.say(f"kill -9 {worker.name}, which has partitions {sorted(mine)}, until others have them")
    await system.kill(worker)
    at = time.time()
    took = await system.until_going(at + SETTLES_S, mine)
    system.story.took[WORKER_LOST].append(took)
    system.say(f"  {WORKER_LOST}: {took:.1f} s")
    await system.start(worker)


async def stopped(system: System, luck: Random) -> None:
    """SIGSTOP, shorter or longer than its session."""
    worker, seconds = luck.choice(system.workers), luck.uniform(0.05, LONGEST_STOP_S)
    system.say(f"SIGSTOP {worker.name} for {seconds:.1f} s")
    await system.stop(worker, seconds)


async def stuttering(system: System, luck: Random) -> None:
    """SIGSTOP of each worker in turn, short, again and again."""
    times = luck.randint(3, 6)
    system.say(f"SIGSTOP of workers in turn, {times} times, each up to 0.6 s")
    for number in range(times):
        await system.stop(system.workers[number % len(system.workers)], luck.uniform(0.02, 0.6))
        await asyncio.sleep(luck.uniform(0, 0.3))


async def killed_while_stopped(system: System, luck: Random) -> None:
    """SIGSTOP, and `kill -9` before it goes on."""
    worker, seconds = luck.choice(system.workers), luck.uniform(0.1, 3)
    system.say(f"SIGSTOP {worker.name}, kill -9 after {seconds:.1f} s")
    after = time.time()
    worker.freeze()
    await asyncio.sleep(seconds)
    system.story.harmed(worker.name, "SIGSTOP", after)
    await system.kill(worker)
    await system.start(worker)


async def killed_again(system: System, luck: Random) -> None:
    """`kill -9` while it starts, joins, folds or claims, several times."""
    worker, times = luck.choice(system.workers), luck.randint(2, 4)
    system.say(f"kill -9 {worker.name} {times} times, each within 2 s of its start")
    for _ in range(times):
        await system.kill(worker)
        await system.start(worker)
        await asyncio.sleep(luck.uniform(0.2, 2))


async def restarted(system: System, luck: Random) -> None:
    """SIGTERM, and started again when it has ended."""
    worker = luck.choice(system.workers)
    system.say(f"SIGTERM {worker.name}, started again when it has ended")
    await system.end(worker)
    await system.start(worker)
