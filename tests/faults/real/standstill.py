"""How long partitions stand still when their worker is killed, restarted, told to leave, or joined by another.

`python -m tests.faults.real.standstill --seed 1` starts servers of its own, with all settings as users have them.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.settings import load_settings
from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.fence import Verdict
from schemas.topics import Topics
from tests.faults.arguments import at_least
from tests.faults.real.asking import asking, load
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.program import Program
from tests.faults.real.site import QUICK, Site
from tests.faults.real.waiting import until_seen

OWNED_S = 120.0
WORKS_S = 3.0


class Watch:
    """A site's workers; each act gives seconds of standstill by partition, of those that changed hands."""

    def __init__(self, site: Site, log: Log) -> None:
        self._log = log
        self._site = site
        self._workers: list[Program] = []

    def __len__(self) -> int:
        return len(self._workers)

    async def joined(self) -> list[float]:
        """one joins"""
        at, newest = time.time(), self._site.worker("abcdefgh"[len(self._workers)])
        self._workers.append(newest)
        newest.start()
        await self._working()
        return self._still(at, self._held(newest))

    async def restarted_after_a_kill(self) -> list[float]:
        """one is killed and started again at once"""
        return await self._back(Program.kill)

    async def restarted_politely(self) -> list[float]:
        """one is told to end, and started again when it has ended"""
        return await self._back(Program.end)

    async def killed_for_good(self) -> list[float]:
        """one is killed and not started again"""
        return await self._gone(Program.kill)

    async def left_for_good(self) -> list[float]:
        """one is told to end and not started again"""
        return await self._gone(Program.terminate)

    async def _back(self, end: Callable[[Program], object]) -> list[float]:
        worker = self._workers[-1]
        mine, at = self._held(worker), time.time()
        await asyncio.to_thread(end, worker)
        worker.start()
        await self._claimed(mine, at)
        await self._working()
        return self._still(at, mine)

    async def _gone(self, end: Callable[[Program], object]) -> list[float]:
        worker = self._workers.pop()
        mine, at = self._held(worker), time.time()
        await asyncio.to_thread(end, worker)
        await self._working()
        await asyncio.to_thread(worker.end)
        return self._still(at, mine)

    def _held(self, worker: Program) -> set[int]:
        return {partition for partition, owner in self._log.owners.items() if owner == worker.name}

    async def _claimed(self, partitions: set[int], since: float) -> None:
        async def claimed() -> bool:
            await self._log.read()
            fresh = {e.partition for e in self._log.events if e.verdict is Verdict.CLAIMED and e.at > since}
            return partitions <= fresh

        await until_seen(claimed, OWNED_S, f"{partitions} were not claimed again")

    async def _working(self) -> None:
        await self._log.until_owned(OWNED_S, *(worker.name for worker in self._workers))
        until = time.monotonic() + WORKS_S
        while time.monotonic() < until:
            await self._log.read()

    def _still(self, at: float, partitions: set[int]) -> list[float]:
        """The longest pause of each partition between two events that count, from `at` on."""
        last = dict.fromkeys(partitions, at)
        gaps = dict.fromkeys(partitions, 0.0)
        for seen in self._log.events:
            if seen.verdict is Verdict.COUNTS and seen.partition in partitions and seen.at > at:
                gaps[seen.partition] = max(gaps[seen.partition], seen.at - last[seen.partition])
                last[seen.partition] = seen.at
        return [*gaps.values()]


Act = Callable[[Watch], Awaitable[list[float]]]
ACTS: tuple[Act, ...] = (
    Watch.restarted_after_a_kill,
    Watch.restarted_politely,
    Watch.killed_for_good,
    Watch.joined,
    Watch.left_for_good,
    Watch.joined,
)


async def play(site: Site, seed: int, workers: int) -> None:
    """Every act with one worker, with two, and so on, its figures printed."""
    fleet = slow_fleet(seed, 3)
    await ensure_topics(Cluster(site.kafka), planned_topics(site.topics))
    await site.fleet(fleet.text())
    async with Log(site.kafka, site.topics) as log, asking(site) as asker:
        await asker.register(fleet.devices())
        watch = Watch(site, log)
        async with load(asker, fleet, 100):
            await watch.joined()
            for count in range(1, workers + 1):
                if count > 1:
                    _print(count - 1, Watch.joined, await watch.joined())
                for act in ACTS if count > 1 else ACTS[:2]:
                    now = len(watch)
                    _print(now, act, await act(watch))
        await log.until_drained(OWNED_S)


def _print(workers: int, act: Act, still: list[float]) -> None:
    seconds = f"median {median(still):.1f} s, longest {max(still):.1f} s, {len(still)} partitions"
    print(f"of {workers}: {act.__doc__}: {seconds}", flush=True)


def main() -> None:
    """Read the arguments, start a broker, play."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.real.standstill", description=__doc__)
    parser.add_argument("--seed", type=at_least(0), default=1)
    parser.add_argument("--workers", type=at_least(1), default=3)
    asked = parser.parse_args()
    jars = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with (
            KafkaCluster(here / "kafka", jars) as cluster,
            Site(here, cluster.bootstrap, Topics(), _as_users_have_them()) as site,
        ):
            asyncio.run(play(site, asked.seed, asked.workers))


def _as_users_have_them() -> dict[str, str]:
    settings = load_settings()
    return {name: str(getattr(settings, name.removeprefix("MENDLINE_").lower())) for name in QUICK}


if __name__ == "__main__":
    main()
