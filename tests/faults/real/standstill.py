"""How long partitions stand still when their worker is killed, restarted, told to leave, or joined by another.

`python -m tests.faults.real.standstill --seed 1` starts servers of its own, with all settings as users have them.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from mendline.embedded.jars import fetched_jars, given_jars
from mendline.embedded.kafka import KafkaCluster
from mendline.settings import default_jars_cache, load_settings
from mendline.topics import ensure_topics, planned_topics
from schemas.fence import Verdict
from schemas.topics import Topics
from tests.faults.real.asking import asking, load
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.site import QUICK, Site

OWNED_S = 120.0
WORKS_S = 3.0


class Watch:
    """Two workers' site; each act gives seconds of standstill by partition."""

    def __init__(self, site: Site, log: Log) -> None:
        self._log = log
        self._a, self._b = site.worker("a"), site.worker("b")

    async def start(self) -> None:
        """Let `a` own everything and work."""
        self._a.start()
        await self._working("a", since=0)

    async def restarted(self) -> list[float]:
        """`kill -9`, and started again at once."""
        killed = self._a.kill()
        self._a.start()
        await self._working("a", since=killed.before)
        return self._stood_still(killed.before)

    async def joined(self) -> list[float]:
        """Another worker joins; only partitions that moved count, from their last event on."""
        at = time.time()
        self._b.start()
        await self._working("a", "b", since=0)
        moved = {p for p, owner in self._log.owners.items() if owner == "b"}
        return [gap for p, gap in self._gaps(at).items() if p in moved]

    async def killed(self) -> list[float]:
        """`kill -9` of one of two, not started again; only its partitions count."""
        mine = {p for p, owner in self._log.owners.items() if owner == "b"}
        at = self._b.kill().before
        await self._working("a", since=0)
        return [gap for p, gap in self._gaps(at).items() if p in mine]

    async def left(self) -> list[float]:
        """SIGTERM of one of two; only its partitions count, from the signal on."""
        self._b.start()
        await self._working("a", "b", since=0)
        mine = {p for p, owner in self._log.owners.items() if owner == "b"}
        at = time.time()
        self._b.terminate()
        await self._working("a", since=0)
        return [gap for p, gap in self._gaps(at).items() if p in mine]

    async def _working(self, *names: str, since: float) -> None:
        await self._log.until_owned(OWNED_S, *names, since=since)
        until = time.monotonic() + WORKS_S
        while time.monotonic() < until:
            await self._log.read()

    def _stood_still(self, at: float) -> list[float]:
        firsts: dict[int, float] = {}
        for seen in self._log.events:
            if seen.verdict is Verdict.COUNTS and seen.at > at:
                firsts.setdefault(seen.partition, seen.at)
        return [first - at for first in firsts.values()]

    def _gaps(self, at: float) -> dict[int, float]:
        """By partition: the longest pause between two events that count, from `at` on."""
        last: dict[int, float] = {}
        gaps: dict[int, float] = {}
        for seen in self._log.events:
            if seen.verdict is Verdict.COUNTS:
                if seen.at > at and seen.partition in last:
                    gaps[seen.partition] = max(gaps.get(seen.partition, 0.0), seen.at - last[seen.partition])
                last[seen.partition] = seen.at
        return gaps


async def play(site: Site, seed: int) -> None:
    """Every act once, its figures printed."""
    fleet = slow_fleet(seed, 3)
    await ensure_topics(site.kafka, planned_topics(site.topics))
    await site.fleet(fleet.text())
    async with Log(site.kafka, site.topics) as log, asking(site) as asker:
        await asker.register(fleet.devices())
        watch = Watch(site, log)
        async with load(asker, fleet, 100):
            await watch.start()
            for act in (watch.restarted, watch.joined, watch.killed, watch.left):
                still = sorted(await act())
                print(
                    f"{act.__doc__}\n  median {median(still):.1f} s, longest {still[-1]:.1f} s, {len(still)} partitions"
                )
        await log.until_drained(OWNED_S)


def main() -> None:
    """Read the arguments, start a broker, play."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.real.standstill", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    given = load_settings().jars
    jars = given_jars(given) if given else fetched_jars(default_jars_cache(), print)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with (
            KafkaCluster(here / "kafka", jars) as cluster,
            Site(here, cluster.bootstrap, Topics(), _as_users_have_them()) as site,
        ):
            asyncio.run(play(site, asked.seed))


def _as_users_have_them() -> dict[str, str]:
    settings = load_settings()
    return {name: str(getattr(settings, name.removeprefix("MENDLINE_").lower())) for name in QUICK}


if __name__ == "__main__":
    main()
