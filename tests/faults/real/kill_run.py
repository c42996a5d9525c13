"""A worker that is killed again and again under load, in several manners, and what is left afterwards."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random

from mendline.embedded.kafka import KafkaNode
from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from streams.worker.claiming import BEGINS
from tests.faults.real.asking import Asker, asking, load
from tests.faults.real.attempts import Claims, attempts, cut_connects, steps, unexplained
from tests.faults.real.fleets import Fleet, slow_fleet
from tests.faults.real.kill_outcome import Outcome, Plan, stood_still
from tests.faults.real.log import Log
from tests.faults.real.program import Kill, Program
from tests.faults.real.proof import proven
from tests.faults.real.site import Site
from tests.faults.real.tables import differences, until_level

OWNED_S = 90.0
DRAIN_S = 120.0
FROZEN_S = 0.4
OTHERS_EVERY = 4
WORKER = "worker"


class Run:
    """A site with a worker, a projector, a snapshotter and a load, in which kills happen."""

    def __init__(self, plan: Plan, site: Site, node: KafkaNode, postgres: str, log: Log, asker: Asker) -> None:
        self.plan = plan
        self.luck = Random(plan.seed)
        self.fleet: Fleet = slow_fleet(plan.seed, plan.scale)
        self.kills: list[Kill] = []
        self.manners: Counter[str] = Counter()
        self.projector_kills = 0
        self._site = site
        self._node = node
        self._postgres = postgres
        self._log = log
        self._asker = asker
        self._worker: Program = site.worker(WORKER)
        self._projector: Program = site.projector(postgres)
        self._snapshotter: Program = site.snapshotter()

    async def play(self) -> Outcome:
        """Kill under load, let everything drain, and look at what is left."""
        began = time.monotonic()
        await self._site.fleet(self.fleet.text())
        await self._asker.register(self.fleet.devices())
        self._projector.start()
        self._snapshotter.start()
        await self._kill_under_load()
        await self._log.until_drained(DRAIN_S)
        self._worker.end()
        await until_level(self._postgres, self._log, DRAIN_S)
        return await self._outcome(time.monotonic() - began)

    async def _kill_under_load(self) -> None:
        self._worker.start()
        async with load(self._asker, self.fleet, self.plan.rate):
            for number in range(self.plan.kills):
                await MANNERS[number % len(MANNERS)](self)
                self._worker.start()
                if number % OTHERS_EVERY == OTHERS_EVERY - 1:
                    await self._kill_others()

    async def _kill_others(self) -> None:
        for program in (self._projector, self._snapshotter):
            await asyncio.to_thread(program.kill)
            program.start()
        self.projector_kills += 1

    async def kill(self, manner: str) -> None:
        """Kill the worker now."""
        self.kills.append(await asyncio.to_thread(self._worker.kill))
        self.manners[manner] += 1

    async def until_at_work(self) -> None:
        """Wait until the worker that was started last owns every partition."""
        await self._log.until_owned(OWNED_S, WORKER, since=self._worker.started_at)

    async def pause(self, least_s: float, most_s: float) -> None:
        """Wait for a drawn time, reading the log."""
        until = time.monotonic() + self.luck.uniform(least_s, most_s)
        while time.monotonic() < until:
            await self._log.read()

    def freeze_broker(self) -> None:
        """Nothing is appended from now on; what was sent lies in its socket."""
        self._node.pause()

    def thaw_broker(self) -> None:
        """It appends what lies in its socket, also what the dead have sent."""
        self._node.resume()

    async def _outcome(self, seconds: float) -> Outcome:
        entries = await self._site.ledger()
        report = await proven(self._site)
        events, claims = self._log.events, Claims(self._log.events, self.kills)
        cut = [attempt for attempt in attempts(events) if attempt.cut]
        copies = Counter(entry.message_id for entry in entries if entry.left)
        problems = [
            *(str(violation) for violation in report.violations),
            *(f"{name} left {count} times" for name, count in copies.items() if count > 1),
            *(f"uncertain without a kill: {seen}" for seen in unexplained(events, claims)),
            *await differences(self._site, self._postgres, self._log),
        ]
        return Outcome(
            self.plan,
            report,
            problems,
            self.manners,
            steps(cut, entries, claims, self.fleet.latency),
            cut_connects(events),
            len(self._log.counted("send_uncertain")),
            sum(seen.event.decides is not None for seen in self._log.counted("send_queued", "send_attempted")),
            self.projector_kills,
            self._worker.all_words().count(BEGINS),
            seconds,
            stood_still(self._log, self.kills),
        )


async def at_random(run: Run) -> None:
    """At any moment: while it starts, joins, folds, claims or works."""
    await run.pause(0.0, 5.0)
    await run.kill("at a random moment")


async def dialling(run: Run) -> None:
    """Just after it claimed, when all links are made anew."""
    await run.until_at_work()
    await run.pause(0.0, 0.3)
    await run.kill("while dialling")


async def at_work(run: Run) -> None:
    """In the middle of its work."""
    await run.until_at_work()
    await run.pause(0.5, 1.5)
    await run.kill("at work")


async def unanswered(run: Run) -> None:
    """While the broker stands still: intents lie in its socket, outcomes have not been appended."""
    await run.until_at_work()
    await run.pause(0.5, 1.5)
    run.freeze_broker()
    await asyncio.sleep(FROZEN_S)
    await run.kill("broker frozen")
    run.thaw_broker()


MANNERS: tuple[Callable[[Run], Awaitable[None]], ...] = (at_work, unanswered, at_random, dialling)


async def play(plan: Plan, site: Site, node: KafkaNode, postgres: str) -> Outcome:
    """One run on servers that are there."""
    await ensure_topics(Cluster(site.kafka), planned_topics(site.topics))
    async with AsyncExitStack() as opened:
        log = await opened.enter_async_context(Log(site.kafka, site.topics))
        asker = await opened.enter_async_context(asking(site))
        return await Run(plan, site, node, postgres, log, asker).play()
