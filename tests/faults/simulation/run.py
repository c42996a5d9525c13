"""One run: chaos, then peace in which everything must come to its end, then a polite stop; and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.checks import check_drained, check_end, check_history
from tests.faults.simulation.complaints import Complaints
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.crew import Crew, name_of
from tests.faults.simulation.faults import Faults
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.network import Network
from tests.faults.simulation.producers import Producers
from tests.faults.simulation.profile import Profile, draw_profile
from tests.faults.simulation.story import tell
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.world import World

DRAIN_S = 400.0
STOP_S = 30.0
MEND_EVERY_S = 10.0
AT_REST_S = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed gave. digest: of both logs and the ledger, the same for every replay."""

    seed: int
    violations: tuple[str, ...]
    digest: str
    events: int
    virtual_s: float
    history: tuple[str, ...] = ()


class Run:
    """Everything of one seed. namesakes: how many workers get a second process of their name meanwhile."""

    def __init__(self, seed: int, *, namesakes: int = 0, tracing: bool = False) -> None:
        self.world = World(seed, tracing=tracing)
        self.profile: Profile = draw_profile(self.world.luck("profile"))
        self.network = Network(self.world, self.profile.fates, self.profile.stalls)
        self.brokers = Brokers(self.world, self.network, self.profile.partitions)
        self.witness = Witness()
        self.coordinator = Coordinator(self.world, self.witness, self.profile.partitions, self.profile.static)
        self.fleet = SimulatedFleet(self.world, self.profile.groups)
        self.crew = Crew(self.world, self.profile, self.brokers, self.coordinator, self.fleet, self.witness)
        self.producers = Producers(self.world, self.profile, self.brokers)
        self.faults = Faults(
            self.world,
            self.profile,
            self.crew,
            self.brokers,
            self.coordinator,
            self.fleet,
            [*self.producers.device_ids],
        )
        self.shared_names = frozenset(name_of(n + 1) for n in range(min(namesakes, self.profile.workers)))
        self._calm = 0

    def play(self) -> list[str]:
        """Go through the whole run; the violations."""
        with Complaints() as complaints:
            try:
                found = self._play()
            finally:
                for worker in self.crew.workers:
                    worker.process.bury()
        return [*found, *complaints.lines]

    def _play(self) -> list[str]:
        for number in range(1, self.profile.workers + 1):
            self.world.after(0.3 * number, self.crew.start, name_of(number))
        self.producers.begin()
        self.faults.begin()
        luck = self.world.luck("namesakes")
        for name in sorted(self.shared_names):
            self.world.after(luck.uniform(0.3, self.profile.chaos_s), self.crew.start_namesake, name)
        self.world.run(self.profile.chaos_s)
        self.world.note("world", "the faults are over")
        self.world.peace_at = self.world.now
        self.faults.over, self.network.faulty = True, False
        self._heal()
        drained = self.world.run(self.world.now + DRAIN_S, self._is_drained)
        found = check_drained(self) if drained else [f"unsettled: not at rest {DRAIN_S:g} s after the last fault"]
        self.crew.retire_all()
        self.world.run(self.world.now + STOP_S, lambda: not self.crew.current())
        return [*found, *check_end(self), *check_history(self, settled=drained)]

    def _heal(self) -> None:
        self.crew.mend()
        for device_id in self.producers.device_ids:
            self.fleet.strike("pair", device_id)
        self._resume_parked()

    def _resume_parked(self) -> None:
        for worker in self.crew.current():
            for runner in worker.holdings.runners().values():
                devices = runner.owner.book.devices if runner.owner is not None else {}
                for device_id, device in devices.items():
                    if device.parked is not None and device.parked.until is None:
                        self.producers.resume(device_id)
        if not self.crew.retiring:
            self.world.after(MEND_EVERY_S, self._resume_parked)

    def _is_drained(self) -> bool:
        self._calm = self._calm + 1 if self._is_at_rest() else 0
        return self._calm > AT_REST_S

    def _is_at_rest(self) -> bool:
        if self.brokers.on_their_way or self.producers.owed:
            return False
        owned = [
            runner.owner
            for worker in self.crew.current()
            for runner in worker.holdings.runners().values()
            if runner.owner is not None
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


def play(seed: int, *, namesakes: int = 0, tracing: bool = False) -> Outcome:
    """Play a seed."""
    run = Run(seed, namesakes=namesakes, tracing=tracing)
    violations = run.play()
    history = tell(run) if tracing else ()
    events = sum(log.end() for log in run.brokers.events)
    return Outcome(seed, tuple(violations), _digest(run), events, run.world.now, history)


def _digest(run: Run) -> str:
    digest = blake2b(digest_size=8)
    for log in (*run.brokers.requests, *run.brokers.events):
        for record in log.all():
            digest.update(repr(record).encode())
    for entry in run.fleet.entries():
        digest.update(repr(entry).encode())
    return digest.hexdigest()
