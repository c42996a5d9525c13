"""WhatsApp under load while its host and worker are killed and its database is away; and what is left afterwards."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

import psutil

from mendline.embedded.postgres import PostgresServer
from mendline.verify.command import verify
from mendline.verify.report import Report
from mendline.whatsapp.build import HOST
from mendline.whatsapp.phones import at_hand
from mendline.whatsapp.stand_in import StandIn
from schemas.cluster import Cluster
from schemas.device.requests import DevicePairingRequested, DeviceRegistrationRequested
from schemas.fence import Verdict
from streams.drivers.simulation.ledger import read_ledger
from tests.faults.real.asking import Asker
from tests.faults.real.attempts import attempts
from tests.faults.real.log import Log
from tests.faults.real.program import Kill
from tests.faults.real.proof import SETTLED
from tests.faults.real.site import Site
from tests.faults.real.tables import differences, until_level
from tests.faults.real.waiting import NeverHappenedError

PATIENCE_S = 120.0
MARGIN_S = 1.0
MOST_OPEN = 200
LONGEST_AWAY_S = 4.0
NEVER = ("send_rejected", "send_expired", "device_parked", "device_unpaired")
"""No fault of ours may cost a message, or a session."""
SENDING = ("send_queued", "send_attempted", "send_returned", "send_deferred", "send_reconciling")
SETTINGS = {"MENDLINE_DRIVERS": "whatsapp", "MENDLINE_PAIRINGS": "200"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done; sends a second over all devices."""

    faults: int
    seed: int
    rate: float = 20.0
    devices: int = 12


@dataclass(slots=True)
class Outcome:
    """What a run showed. uncertain: by reason; left: copies that people got."""

    plan: Plan
    kinds: Counter[str]
    report: Report
    problems: list[str]
    ends: Counter[str]
    uncertain: Counter[str]
    left: int
    connects: int
    seconds: float

    def text(self) -> str:
        """All of it for a person."""
        lines = [
            f"seed {self.plan.seed}: {self.kinds.total()} faults in {self.seconds:.0f} s: {_told(self.kinds)}",
            f"{self.plan.devices} devices, {self.plan.rate:g} sends/s and a burst before each fault",
            f"sends: {_told(self.ends)}; uncertain because of: {_told(self.uncertain)}",
            f"the ledger has {self.left} copies and {self.connects} connects",
            self.report.text(),
            *self.problems,
        ]
        return "\n".join(lines)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


class Run:
    """A worker with its host, a projector, a stand-in and a load, in which faults happen."""

    def __init__(
        self, plan: Plan, site: Site, database: PostgresServer, stand_in: StandIn, log: Log, asker: Asker
    ) -> None:
        self.plan = plan
        self.luck = Random(plan.seed)
        self.harmed: list[Kill] = []
        self.devices = [f"phone-{number:03d}" for number in range(1, plan.devices + 1)]
        self.database = database
        self._site = site
        self._stand_in = stand_in
        self._log = log
        self._asker = asker
        postgres = {"MENDLINE_POSTGRES": database.dsn}
        self.worker = site.worker(MENDLINE_WHATSAPP_STAND_IN=stand_in.setting, **SETTINGS, **postgres)
        self._projector = site.projector(database.dsn)

    async def play(self) -> Outcome:
        """Pair, harm under load, let everything drain, and look at what is left."""
        began = time.monotonic()
        self._projector.start()
        self.worker.start()
        await self._pair()
        kinds = await self._harm()
        with suppress(NeverHappenedError):  # what is open then is told
            await self._log.until_drained(PATIENCE_S)
        self.worker.end()
        await until_level(self.database.dsn, self._log, PATIENCE_S)
        return await self._outcome(kinds, time.monotonic() - began)

    async def _pair(self) -> None:
        async with at_hand(Cluster(self._site.kafka), self._site.topics.device_signals, self._stand_in):
            for device in self.devices:
                await self._asker.ask(device, DeviceRegistrationRequested(driver="whatsapp"))
                await self._asker.ask(device, DevicePairingRequested())
            await self._log.until_counted("device_paired", len(self.devices), PATIENCE_S)

    async def _harm(self) -> Counter[str]:
        kinds: Counter[str] = Counter()
        async with self._load():
            for name in [*drawn(self.plan.faults, self.luck)]:
                await self._at_work()
                await KINDS[name](self)
                kinds[name] += 1
            await self._at_work()
        return kinds

    @asynccontextmanager
    async def _load(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        asked = asyncio.create_task(self._ask(stop))
        try:
            yield
        finally:
            stop.set()
            await asked
            await self._asker.flush()

    async def _ask(self, stop: asyncio.Event) -> None:
        """Ask each device in turn, but for no more than can wait: faults come faster than a busy machine mends."""
        for device in cycle(self.devices):
            if stop.is_set():
                return
            if len(self._log.open) < MOST_OPEN:
                await self._asker.send(device)
            await asyncio.sleep(1 / self.plan.rate)

    async def _at_work(self) -> None:
        """Wait until as many sends as there are devices have left, then ask for many at once, and wait a little."""
        await self._log.read_to_end()
        done = len(self._log.counted("send_accepted"))
        await self._log.until_counted("send_accepted", done + len(self.devices), PATIENCE_S)
        for device in self.devices:
            await self._asker.send(device)
        await self._asker.flush()
        await asyncio.sleep(self.luck.uniform(0.0, 0.3))

    async def harm(self, do: Callable[[], object]) -> None:
        """Do something in a thread, and remember when."""
        after = time.time()
        await asyncio.to_thread(do)
        self.harmed.append(Kill(after, time.time()))

    async def _outcome(self, kinds: Counter[str], seconds: float) -> Outcome:
        ledger = await self._stand_in.saved_ledger()
        entries = [*read_ledger(ledger)]
        report = await verify(Cluster(self._site.kafka), self._site.topics, ledger, SETTLED)
        copies = Counter(entry.message_id for entry in entries if entry.left)
        problems = [
            *(str(violation) for violation in report.violations),
            *(f"{name} left {count} times" for name, count in copies.items() if count > 1),
            *(f"without a reason of ours: {seen.event.type} {seen.event.data}" for seen in self._log.counted(*NEVER)),
            *self._unexplained(),
            *self._stuck(),
            *await differences(self._site, self.database.dsn, self._log),
        ]
        ends = Counter(seen.event.type for seen in self._log.counted("send_accepted", "send_uncertain", *NEVER))
        doubts = Counter(seen.event.data["reason"] for seen in self._log.counted("send_uncertain"))
        connects = sum(entry.what == "connecting" for entry in entries)
        return Outcome(self.plan, kinds, report, problems, ends, doubts, copies.total(), connects, seconds)

    def _unexplained(self) -> Iterator[str]:
        """Each `send_uncertain` during whose attempt nothing was harmed."""
        for attempt in attempts(self._log.events):
            then = attempt.then
            if then is None or then.event.type != "send_uncertain" or then.verdict is not Verdict.COUNTS:
                continue
            if not any(kill.before + MARGIN_S > attempt.intent.at and kill.after < then.at for kill in self.harmed):
                yield f"uncertain without a fault: {then.event.data}"

    def _stuck(self) -> Iterator[str]:
        """Each send without an end: what was the last that happened to it."""
        last = {(seen.partition, seen.event.data.get("request")): seen for seen in self._log.counted(*SENDING)}
        for send in sorted(self._log.open):
            seen = last[send]
            yield f"open at the end: {seen.event.subject} {seen.event.type} {seen.event.data}"


def drawn(faults: int, luck: Random) -> Iterator[str]:
    """So many kinds of faults: each as often as the others, in an order by lot."""
    names: list[str] = []
    for _ in range(faults):
        names = names or luck.sample([*KINDS], len(KINDS))
        yield names.pop()


async def kill_host(run: Run) -> None:
    """`kill -9` of the host: its worker starts another."""
    children = psutil.Process(run.worker.pid).children(recursive=True)
    for host in [each for each in children if Path(each.exe()).name == HOST]:
        await run.harm(host.kill)


async def kill_worker(run: Run) -> None:
    """`kill -9` of the worker, and started again after a while: its host ends by itself."""
    await run.harm(run.worker.kill)
    await asyncio.sleep(run.luck.uniform(0.0, 1.0))
    run.worker.start()


async def take_database(run: Run) -> None:
    """PostgreSQL ends at once, as in a crash, and is there again after a while."""

    def away(seconds: float) -> None:
        run.database.kill()
        time.sleep(seconds)
        run.database.start()
        run.database.wait_ready()

    seconds = run.luck.uniform(0.2, LONGEST_AWAY_S)
    await run.harm(lambda: away(seconds))


KINDS: dict[str, Callable[[Run], Awaitable[None]]] = {
    "host killed": kill_host,
    "worker killed": kill_worker,
    "database away": take_database,
}


async def play(plan: Plan, site: Site, database: PostgresServer, stand_in: StandIn, log: Log, asker: Asker) -> Outcome:
    """One run on servers that are there."""
    return await Run(plan, site, database, stand_in, log, asker).play()
