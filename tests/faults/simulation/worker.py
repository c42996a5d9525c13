"""A worker's process: the real Holdings over simulated ports, hosted as `streams/worker/app.py` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from functools import partial
from typing import Any

from schemas.topics import Stream
from streams.drivers.simulation.kinds import KINDS, Kind
from streams.log.ports import RequestBatch
from streams.ownership.budgets import Budgets
from streams.worker.holdings import Holdings
from streams.worker.keyed import keyed_streams
from streams.worker.publisher import Publisher
from streams.worker.terms import Identity
from tests.faults.simulation.beside import Beside
from tests.faults.simulation.brokers import TOPICS, Brokers
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.driver import SimulatedDriver
from tests.faults.simulation.event_log import SimulatedEventLog, SimulatedReportLog
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.intake import SimulatedIntake
from tests.faults.simulation.keys import KEY
from tests.faults.simulation.process import Process
from tests.faults.simulation.profile import Profile
from tests.faults.simulation.snapshots import WatchedFitting, WatchedShelf
from tests.faults.simulation.views import SimulatedView
from tests.faults.simulation.witness import Witness

Fetched = tuple[int, RequestBatch, int]
CHANNEL_BATCHES = 64


class Worker:
    """One run of a worker: its process, its ports and its holdings.

    stopped: it has come to its own end. dawdles_s: seconds for which the next fetched batch lies on the channel.
    doubles_next: that one comes twice.
    """

    def __init__(
        self,
        process: Process,
        folder: str,
        profile: Profile,
        brokers: Brokers,
        coordinator: Coordinator,
        fleet: SimulatedFleet,
        witness: Witness,
        beside: Mapping[Stream, Beside],
    ) -> None:
        self.process = process
        self.intake = SimulatedIntake(process, brokers, coordinator)
        self.drivers: Mapping[Kind, SimulatedDriver] = {
            kind: SimulatedDriver(kind, process, fleet, witness, profile.slowness) for kind in KINDS
        }
        self.budgets = Budgets(*profile.budgets, profile.bodies, 2 if profile.pairings else 50)
        self.dawdles_s = 0.0
        self.doubles_next = False
        self.stopped = False
        self._terms = profile.terms
        self._witness = witness
        self._coordinator = coordinator
        self._claims = process.world.luck(f"claims of {process}")
        self._stop = asyncio.Event()
        self._owns_devices = not profile.clients
        by_topic = {TOPICS.requests(stream): each.brokers for stream, each in beside.items()}
        by_topic[TOPICS.requests()] = brokers
        reports = SimulatedReportLog(process, brokers, by_topic)
        self.publisher = Publisher(reports, TOPICS, f"mendline/{process.name}", process)
        self.holdings = Holdings(
            _identity(process, folder, profile.partitions),
            profile.terms,
            profile.rules,
            self.budgets,
            {driver.name: driver for driver in self.drivers.values()},
            SimulatedEventLog(process, brokers, witness),
            self.intake,
            SimulatedReportLog(process, brokers),
            process,
            process.world.luck(f"draws of {process}").random,
            self._new_claim,
            _snapshots(process, profile, brokers, witness),
            publish=self.publisher.put,
        )
        keyed = keyed_streams(KEY, self.publisher.put)
        self._views = {
            stream: SimulatedView(self.intake, process, each, coordinator) for stream, each in beside.items()
        }
        self.beside = {
            stream: Holdings(
                _identity(process, folder, profile.partitions).of(TOPICS.events(stream), TOPICS.requests(stream)),
                profile.terms,
                profile.rules,
                Budgets(1, 1, 1),
                {},
                SimulatedEventLog(process, each.brokers, each.witness),
                self._views[stream],
                reports,
                process,
                process.world.luck(f"draws of {process} for {stream.name}").random,
                partial(self._claim_beside, each.witness),
                keyed=keyed[stream],
            )
            for stream, each in beside.items()
        }
        self.main = process.loop.create_task(self._run())

    def _claim_beside(self, witness: Witness) -> str:
        claim = self._new_claim()
        witness.claims[claim] = self.process
        return claim

    def _new_claim(self) -> str:
        claim = f"{self._claims.getrandbits(64):016x}"
        self._witness.claims[claim] = self.process
        self._witness.generations[claim] = self._coordinator.generation
        return claim

    @property
    def usable(self) -> bool:
        """Whether it runs and is not stopping."""
        return self.process.alive and not self.process.frozen and not self._stop.is_set()

    def busy(self) -> bool:
        """Whether an effect is not answered yet, an outcome not handed on, or a partition not given up."""
        every = (self.holdings, *self.beside.values())
        leaving = any(not task.done() for holdings in every for task in holdings._leaving.values())
        return leaving or bool(self.holdings._reporting) or any(driver.busy() for driver in self.drivers.values())

    def stop(self) -> None:
        """Ask it to stop politely (SIGTERM)."""
        self.process.world.note(str(self.process), "is told to stop")
        self.process.deliver(self._stop.set)

    def hang_up(self) -> None:
        """The kernel closes a dead process's connections."""
        for driver in self.drivers.values():
            driver.hang_up()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        parts: list[tuple[SimulatedIntake, Holdings]] = [(self._views[s], each) for s, each in self.beside.items()]
        parts += [(self.intake, self.holdings)] if self._owns_devices else []
        jobs = [self.intake.keep_membership(), *(job for part in parts for job in self._jobs(*part))]
        tasks = [loop.create_task(job) for job in jobs]
        await self._stop.wait()
        await asyncio.gather(*(holdings.leave_all() for _, holdings in parts))
        await self.publisher.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for driver in self.drivers.values():
            await driver.close()
        await self.intake.close()
        self.stopped = True
        self.process.end()

    def _jobs(self, intake: SimulatedIntake, holdings: Holdings) -> Iterator[Coroutine[Any, Any, None]]:
        channel: asyncio.Queue[Fetched] = asyncio.Queue(CHANNEL_BATCHES)
        yield holdings.follow()
        yield self._take(intake, holdings, channel)
        yield self._bring(holdings, channel)
        yield self._commit(holdings)
        yield self._mind_fitness(holdings)

    async def _take(self, intake: SimulatedIntake, holdings: Holdings, channel: asyncio.Queue[Fetched]) -> None:
        while True:
            batches = await intake.batches()
            for each in [(p, batch, holdings.tenure(p)) for p, batch in batches.items()]:
                await channel.put(each)

    async def _bring(self, holdings: Holdings, channel: asyncio.Queue[Fetched]) -> None:
        while True:
            fetched = await channel.get()
            if self.dawdles_s:
                await asyncio.sleep(self.dawdles_s)
                self.dawdles_s = 0.0
            for _ in range(1 + self.doubles_next):
                holdings.offer(*fetched)
            self.doubles_next = False

    async def _commit(self, holdings: Holdings) -> None:
        while True:
            await asyncio.sleep(self._terms.commit_every_s)
            await holdings.look_around()

    async def _mind_fitness(self, holdings: Holdings) -> None:
        await holdings.ends.wait()
        self.process.world.note(str(self.process), f"must end: {holdings.unfit}")
        self._stop.set()


def _snapshots(process: Process, profile: Profile, brokers: Brokers, witness: Witness) -> WatchedFitting | None:
    if profile.shelving is None or witness.snapshots is None:
        return None
    shelf = WatchedShelf(process, brokers, witness.snapshots, profile.shelving.chunk_bytes)
    return WatchedFitting(process, shelf, SimulatedEventLog(process, brokers, Witness()), witness.snapshots)


def _identity(process: Process, folder: str, partitions: int) -> Identity:
    return Identity(
        installation_id="simulated",
        installation="0" * 32,
        instance_id=process.name,
        folder=folder,
        process=str(process),
        partitions=partitions,
        topic=TOPICS.events(),
        requests_topic=TOPICS.requests(),
    )
