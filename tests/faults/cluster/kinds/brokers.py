"""Brokers killed, stopped and restarted, one, two or all of them."""

from __future__ import annotations

import asyncio
from random import Random

from tests.faults.cluster.brokers import NODES
from tests.faults.cluster.system import System

LONGEST_S = 8.0


async def killed(system: System, luck: Random) -> None:
    """`kill -9` of one: the others have every record."""
    await _killed(system, luck, 1)


async def two_killed(system: System, luck: Random) -> None:
    """`kill -9` of two: nothing can be acknowledged, nor a leader elected."""
    await _killed(system, luck, 2)


async def all_killed(system: System, luck: Random) -> None:
    """`kill -9` of all at once."""
    await _killed(system, luck, 3)


async def stopped(system: System, luck: Random) -> None:
    """SIGSTOP: it leads for a while without answering, is replaced, and wakes as the leader that it was."""
    number, seconds = luck.choice(NODES), luck.uniform(0.2, LONGEST_S)
    system.say(f"SIGSTOP broker-{number} for {seconds:.1f} s")
    await system.stop_broker(number, seconds)


async def restarted_in_turn(system: System, luck: Random) -> None:
    """Each ended in order and started again, as for an upgrade."""
    order = luck.sample(NODES, len(NODES))
    for number in order:
        system.say(f"SIGTERM broker-{number}, started again")
        await system.brokers.stop(number)
        await system.brokers.start(number)
        await asyncio.sleep(luck.uniform(1, 3))


async def _killed(system: System, luck: Random, count: int) -> None:
    numbers, away = luck.sample(NODES, count), luck.uniform(0, LONGEST_S)
    system.say(f"kill -9 {', '.join(f'broker-{number}' for number in numbers)}, away for {away:.1f} s")
    await system.kill_brokers(*numbers)
    await asyncio.sleep(away)
    await system.brokers.start(*numbers)
