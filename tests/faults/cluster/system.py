"""Everything that a soak runs and harms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mendline.embedded.postgres import PostgresServer
from schemas.fence import Verdict
from tests.faults.cluster.brokers import Brokers
from tests.faults.cluster.clients import ClientAsker
from tests.faults.cluster.network import Network
from tests.faults.cluster.story import Story
from tests.faults.real.asking import PARTITIONS
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.site import Site
from tests.faults.real.waiting import until

GOES_S = 120.0
SETTLES_S = 0.05
"""So long after a kill the brokers may still append what the dead have sent."""


@dataclass(slots=True)
class System:
    """The parts, and what may be done to them; each deed is told and counted."""

    folder: Path
    site: Site
    brokers: Brokers
    network: Network
    database: PostgresServer
    log: Log
    story: Story
    workers: tuple[Program, ...]
    projector: Program
    snapshotter: Program
    producer: Program
    clients: ClientAsker
    disk: Path | None
    """The folder of the broker that has a disk of its own; none: nobody may mount here."""

    def say(self, words: str) -> None:
        """Tell what is done."""
        self.story.say(words)

    def mind_ended(self, *programs: Program) -> None:
        """Tell of those that ended though nobody had ended them."""
        for program in programs:
            if not program.running:
                last = program.words().strip().rpartition("\n")[2]
                self.story.ended.append(f"{program.name} ended by itself: {last}")
                self.say(self.story.ended[-1])

    async def kill(self, program: Program) -> None:
        """`kill -9`."""
        self.mind_ended(program)
        after = time.time()
        await asyncio.to_thread(program.kill)
        self.story.harmed(program.name, "kill -9", after)

    async def start(self, program: Program) -> None:
        """Start again."""
        await asyncio.to_thread(program.start)

    async def end(self, program: Program) -> None:
        """SIGTERM, and wait for its end."""
        self.mind_ended(program)
        after = time.time()
        await asyncio.to_thread(program.end)
        self.story.harmed(program.name, "SIGTERM", after)

    async def stop(self, program: Program, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        self.mind_ended(program)
        after = time.time()
        program.freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            program.thaw()
            self.story.harmed(program.name, "SIGSTOP", after)

    async def kill_brokers(self, *numbers: int) -> None:
        """`kill -9` of several at once."""
        after = time.time()
        await self.brokers.kill(*numbers)
        for number in numbers:
            self.story.harmed(f"broker-{number}", "kill -9", after)

    async def stop_broker(self, number: int, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        after = time.time()
        self.brokers.nodes[number].pause()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.brokers.nodes[number].resume()
            self.story.harmed(f"broker-{number}", "SIGSTOP", after)

    def partitions_of(self, *workers: Program) -> set[int]:
        """The partitions that these hold, by the log."""
        names = {worker.name for worker in workers}
        return {partition for partition, owner in self.log.owners.items() if owner in names}

    async def until_going(self, since: float, partitions: Iterable[int] = range(PARTITIONS)) -> float:
        """Wait until each of these partitions has an event that counts, later than `since`; the seconds from then."""
        waiting = {*partitions}
        first, last = len(self.log.events), since

        def going() -> bool:
            nonlocal first, last
            fresh, first = self.log.events[first:], len(self.log.events)
            for seen in fresh:
                if seen.verdict is Verdict.COUNTS and seen.at > since and seen.partition in waiting:
                    waiting.discard(seen.partition)
                    last = max(last, seen.at)
            return not waiting

        await until(going, GOES_S, f"no work in partitions {waiting}")
        return last - since
