"""One run: chaos, then peace in which everything must come to its end, then a polite stop; and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from schemas.topics import CLIENT, CONNECTION, CONTROL, Stream
from streams.device.account import Claim
from streams.ownership.owner import Owner
from tests.faults.simulation.beside import streams_beside
from tests.faults.simulation.brokers import TOPICS, Brokers
from tests.faults.simulation.case import Case, parts_of
from tests.faults.simulation.checks import check_drained, check_end, check_history
from tests.faults.simulation.client_asking import ClientProducers, with_clients
from tests.faults.simulation.client_checks import check_clients, clients_at_rest, states_of
from tests.faults.simulation.complaints import Complaints
from tests.faults.simulation.connection_asking import ConnectionProducer
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.crew import Crew, name_of
from tests.faults.simulation.faults import Faults
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.key_asking import KeyProducer
from tests.faults.simulation.network import Network
from tests.faults.simulation.pairing_asking import with_pairings
from tests.faults.simulation.pairing_checks import accounts_of, check_pairings, pairings_at_rest
from tests.faults.simulation.partition_log import PartitionLog
from tests.faults.simulation.process import Process
from tests.faults.simulation.producers import Producers
from tests.faults.simulation.profile import draw_profile
from tests.faults.simulation.shrinking import Shrinking
from tests.faults.simulation.snapshot_witness import SnapshotWitness
from tests.faults.simulation.snapshotting import Snapshotting
from tests.faults.simulation.story import tell
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.world import World

DRAIN_S = 400.0
STOP_S = 30.0
MEND_EVERY_S = 10.0
AT_REST_S = 2
A_WORD_S = 0.1
RUNAWAY_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case gave. digest: of both logs and the ledger, the same for every replay. counts: for a summary."""

    case: Case
    violations: tuple[str, ...]
    digest: str
    events: int
    virtual_s: float
    counts: Counter[str]
    history: tuple[str, ...] = ()


class Run:
    """Everything of one case."""

    def __init__(self, case: Case, *, tracing: bool = False) -> None:
        self.case = case
        self.world = World(case.seed, tracing=tracing)
        drawn = with_clients(draw_profile(self.world.luck("profile")), self.world.luck("clients"), case)
        self.profile = case.narrowed(with_pairings(drawn, self.world.luck("pairings"), case))
        self.network = Network(self.world, self.profile.fates, self.profile.stalls)
        self.brokers = Brokers(self.world, self.network, self.profile.partitions)
        self.beside = streams_beside(self.world, self.network, self.profile)
        self.witness = Witness()
        self.coordinator = Coordinator(self.world, self.witness, self.profile.partitions, self.profile.static)
        self.fleet = SimulatedFleet(self.world, self.profile.groups)
        names = [name for number in range(self.profile.workers) if case.has(name := name_of(number + 1))]
        self.crew = Crew(
            self.world, names, self.profile, self.brokers, self.coordinator, self.fleet, self.witness, self.beside
        )
        self.producers = Producers(self.world, case, self.profile, self.brokers)
        others = [each.brokers for each in self.beside.values()]
        self.client_producers = ClientProducers(
            self.world, case, self.profile, self.beside[CLIENT].brokers if self.profile.clients else self.brokers
        )
        self.key_producer = KeyProducer(
            self.world, case, self.profile, self.beside[CONTROL].brokers if self.profile.clients else self.brokers
        )
        self.connection_producer = ConnectionProducer(
            self.world, case, self.profile, self.beside[CONNECTION].brokers if self.profile.clients else self.brokers
        )
        self.faults = Faults(
            self.world,
            case,
            self.profile,
            self.crew,
            self.brokers,
            self.coordinator,
            self.fleet,
            self.producers,
            others,
        )
        self.snapshotting: Snapshotting | None = None
        if self.profile.shelving is not None:
            watched = SnapshotWitness(TOPICS.events(), self.brokers.events, self.brokers.snapshots)
            self.witness.snapshots = watched
            self.snapshotting = Snapshotting(self.world, self.profile.shelving, self.brokers, watched)
        self.shared_names = frozenset(names[: case.namesakes])
        self.asked: list[int] = []
        self.asked_beside: dict[Stream, list[int]] = {}
        self.at_rest: dict[Stream, list[tuple[str, Any]]] = {}
        self.accounts: dict[str, Claim] = {}
        self._calm = 0

    def parts(self) -> list[str]:
        """What could be left out."""
        return parts_of(self.profile, self.producers.device_ids, self.crew.names)

    def play(self) -> list[str]:
        """Go through the whole run; the violations."""
        with Complaints() as complaints:
            try:
                found = self._play()
            finally:
                for process in self.processes():
                    process.bury()
        return [*found, *complaints.lines]

    def processes(self) -> list[Process]:
        """Every process that ever ran."""
        snapshotters = [] if self.snapshotting is None else self.snapshotting.processes
        return [*(worker.process for worker in self.crew.workers), *snapshotters]

    def _play(self) -> list[str]:
        for number, name in enumerate(self.crew.names, 1):
            self.world.after(0.3 * number, self.crew.start, name)
        if self.profile.clients:
            self.client_producers.begin()
            self.key_producer.begin()
            self.connection_producer.begin()
            self.producers.times = self.client_producers.times
        else:
            self.producers.begin()
        self.faults.begin()
        if self.snapshotting is not None:
            self.snapshotting.begin(self.case.chaos_s(self.profile))
        luck = self.world.luck("namesakes")
        for name in sorted(self.shared_names):
            self.world.after(luck.uniform(0.3, self.profile.chaos_s), self.crew.start_namesake, name)
        self.world.run(self.case.chaos_s(self.profile), self._has_run_away)
        self.world.note("world", "the faults are over")
        self.world.peace_at = self.world.now
        self.faults.over, self.network.faulty = True, False
        self._heal()
        self.world.run(self.world.now + DRAIN_S, lambda: self._is_drained() or self._has_run_away())
        drained = self._calm > AT_REST_S
        found = self._check_drained() if drained else [f"unsettled: not at rest after {self.world.now:.0f} s"]
        self.asked = [log.end() for log in self.brokers.requests]
        self.asked_beside = {s: [log.end() for log in each.brokers.requests] for s, each in self.beside.items()}
        self.at_rest = states_of(self)
        self.accounts = accounts_of(self)
        self.crew.retire_all()
        self.world.run(self.world.now + STOP_S, lambda: not self.crew.current())
        found += [*check_end(self), *check_history(self, settled=drained)]
        if self.profile.clients:
            return [*found, *check_clients(self, settled=drained)]
        return [*found, *check_pairings(self, settled=drained)] if self.profile.pairings else found

    def _check_drained(self) -> list[str]:
        if check_drained(self):  # a link may have dropped just now, and the word of it is on its way
            self.world.run(self.world.now + A_WORD_S, lambda: False)
        return check_drained(self)

    def _heal(self) -> None:
        self.crew.mend()
        if self.snapshotting is not None:
            self.snapshotting.stop()
        for device_id in self.producers.device_ids:
            self.fleet.strike("pair", device_id)
        self._resume_parked()

    def _resume_parked(self) -> None:
        if self.crew.retiring:
            return
        self.world.after(MEND_EVERY_S, self._resume_parked)
        for worker in self.crew.current():
            for runner in worker.holdings.runners().values():
                devices = runner.owner.book.devices if isinstance(runner.owner, Owner) else {}
                for device_id, device in devices.items():
                    if device.parked is not None and device.parked.until is None:
                        if self.profile.pairings:  # a session may have ended since, by a request that came late
                            self.fleet.strike("pair", device_id)
                        self.producers.resume(device_id)

    def _is_drained(self) -> bool:
        self._calm = self._calm + 1 if self._is_at_rest() else 0
        return self._calm > AT_REST_S

    def _has_run_away(self) -> bool:
        return sum(log.end() for log in self.event_logs()) > RUNAWAY_EVENTS

    def event_logs(self) -> Iterator[PartitionLog]:
        """Of every stream."""
        for brokers in (self.brokers, *(each.brokers for each in self.beside.values())):
            yield from brokers.events

    def _is_at_rest(self) -> bool:
        busy = any(worker.busy() for worker in self.crew.current())
        if busy or self.brokers.on_their_way or self.producers.owed:
            return False
        if self.profile.clients:
            return clients_at_rest(self)
        if self.profile.pairings and not pairings_at_rest(self):
            return False
        owned = [
            runner.owner
            for worker in self.crew.current()
            for runner in worker.holdings.runners().values()
            if isinstance(runner.owner, Owner)
        ]
        partitions = {owner.tenure.partition: owner for owner in owned}
        if len(owned) != self.profile.partitions or len(partitions) != self.profile.partitions:
            return False
        return all(
            owner.idle()
            and owner.next_request >= self._last_request(partition)
            and all(queue.opened is None and not len(queue) for queue in owner.book.queues.values())
            and all(device.refresh is None for device in owner.book.devices.values())
            for partition, owner in partitions.items()
        )

    def _last_request(self, partition: int) -> int:
        records = self.brokers.requests[partition].all()
        return records[-1].offset + 1 if records else 0


def play(case: Case | int, *, tracing: bool = False) -> Outcome:
    """Play a case, or a whole seed."""
    run = Run(case if isinstance(case, Case) else Case(seed=case), tracing=tracing)
    violations = run.play()
    history = tell(run) if tracing else ()
    events = sum(log.end() for log in run.event_logs())
    return Outcome(run.case, tuple(violations), _digest(run), events, run.world.now, run.world.counts, history)


def shrunk(outcome: Outcome) -> Outcome:
    """The smallest history that still breaks the same rule."""
    whole, rule = Run(outcome.case), _rule(outcome.violations[0])

    def fails(case: Case) -> bool:
        return any(_rule(violation) == rule for violation in play(case).violations)

    case = Shrinking(fails).shrink(outcome.case, whole.parts(), whole.case.chaos_s(whole.profile))
    return play(case, tracing=True)


def _rule(violation: str) -> str:
    return violation.split()[0].rstrip(":")


def _digest(run: Run) -> str:
    digest = blake2b(digest_size=8)
    for log in (*run.brokers.requests, *run.event_logs()):
        for record in log.all():
            digest.update(repr(record).encode())
    for entry in run.fleet.entries():
        digest.update(repr(entry).encode())
    return digest.hexdigest()
