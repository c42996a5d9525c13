"""Rounds of faults, drawn from a seed: one alone, whose recovery is measured, or several at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from random import Random

from mendline.verify.limits import Limits
from mendline.verify.rules import Rule
from tests.faults.cluster.kinds.catalogue import ALONE, OF_OTHERS, OF_WORKERS, Fault, drawn, named
from tests.faults.cluster.system import System
from tests.faults.real.proof import proven

ALONE_IN = 0.3
"""Of all rounds, in so many a fault stands alone."""
PROOF_EVERY_S = 90.0
RUNNING = Limits(stops=True)


@dataclass(slots=True)
class Soak:
    """Goes on for a time, with a proof now and then, and stops at the first violation.

    only: nothing but this fault, alone, again and again.
    """

    system: System
    seed: int
    seconds: float
    only: str | None = None

    async def play(self) -> list[str]:
        """Rounds until the time is over; what is wrong with the log by then."""
        until, proof_at = time.monotonic() + self.seconds, time.monotonic() + PROOF_EVERY_S
        number, problems = 0, list[str]()
        while not problems and not self.system.story.ended and time.monotonic() < until:
            number += 1
            await self._round(Random(f"{self.seed}/{number}"))
            if time.monotonic() > proof_at:
                problems = await violations(self.system)
                proof_at = time.monotonic() + PROOF_EVERY_S
        return problems

    async def _round(self, luck: Random) -> None:
        if self.only is not None:
            await alone(self.system, named(self.only), luck)
        elif luck.random() < ALONE_IN:
            await alone(self.system, drawn(ALONE, luck), luck)
        else:
            await self._storm(Random(luck.random()), Random(luck.random()))
        await asyncio.sleep(luck.uniform(0, 1))

    async def _storm(self, of_workers: Random, of_others: Random) -> None:
        async with asyncio.TaskGroup() as group:
            others = group.create_task(self._a_few(OF_OTHERS, of_others))
            await self._a_few(OF_WORKERS, of_workers)
            while not others.done():
                await self._one(OF_WORKERS, of_workers)
        await self.system.until_going(time.time())

    async def _a_few(self, faults: tuple[Fault, ...], luck: Random) -> None:
        for _ in range(luck.randint(1, 3)):
            await self._one(faults, luck)

    async def _one(self, faults: tuple[Fault, ...], luck: Random) -> None:
        fault = drawn(faults, luck)
        self.system.story.faults[fault.name] += 1
        await fault.play(self.system, luck)
        await asyncio.sleep(luck.uniform(0, 1.5))


async def alone(system: System, fault: Fault, luck: Random) -> None:
    """One fault, and nothing else until every partition is at work."""
    system.story.faults[fault.name] += 1
    await fault.play(system, luck)
    took = await system.until_going(time.time())
    if fault.recovery is not None:
        system.story.took[fault.recovery].append(took)
        system.say(f"  {fault.recovery}: {took:.1f} s")


async def violations(system: System) -> list[str]:
    """What `mendline verify` finds now, while everything runs."""
    report = await proven(system.site, RUNNING)
    # The ledger was read before the log's end: what was accepted since left, too, and is proven at the end.
    found = [str(violation) for violation in report.violations if violation.rule is not Rule.EFFECT_MISSING]
    for violation in found:
        system.say(f"VIOLATED: {violation}")
    system.say(f"verified: {len(found)} violations")
    return found
