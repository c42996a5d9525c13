"""What the simulation saw and no log tells: whose claim is whose, what was answered to whom, who was stopped when."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.device.outcomes import Accepted, Rejected
from streams.drivers.port import Connect, Effect, Outcome, Send
from tests.faults.simulation.process import Process
from tests.faults.simulation.snapshot_witness import SnapshotWitness


@dataclass(frozen=True, slots=True)
class Heard:
    """A process was told what came of an attempt."""

    at: float
    process: Process
    message_id: str
    attempt: int
    outcome: Outcome


@dataclass(slots=True)
class Witness:
    """claims: who made each claim. generations: of the group, when it was made. sessions: whose each connection to the
    fleet is. heard: what is known of sends for good, by message id. given: what drivers were to send. connects: when a
    process had its driver make a link, by device and number. unproven: markers by processes that had not proved their
    membership since their last one. acked: when who appended an event learned that it lies there. snapshots: where any
    are taken.
    """

    claims: dict[str, Process] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    heard: dict[str, list[Heard]] = field(default_factory=dict)
    unproven: list[str] = field(default_factory=list)
    given: list[Send] = field(default_factory=list)
    connects: dict[tuple[Process, str, int], float] = field(default_factory=dict)
    acked: dict[tuple[int, int], float] = field(default_factory=dict)
    sessions: dict[int, Process] = field(default_factory=dict)
    snapshots: SnapshotWitness | None = None
    _proven: set[tuple[Process, int]] = field(default_factory=set)

    def proved(self, process: Process, partition: int) -> None:
        """The coordinator has taken a commit."""
        self._proven.add((process, partition))

    def marked(self, process: Process, partition: int) -> None:
        """A process appends a claim marker."""
        if (process, partition) not in self._proven:
            self.unproven.append(f"unproven: {process} claims {partition} without a commit, at {process.world.now:.3f}")
        self._proven.discard((process, partition))

    def tried(self, process: Process, effect: Effect) -> None:
        """A driver of the process was given an effect."""
        if isinstance(effect, Send):
            self.given.append(effect)
        elif isinstance(effect, Connect):
            self.connects[process, effect.device_id, effect.link] = process.world.now

    def answered(self, process: Process, effect: Effect, outcome: Outcome) -> None:
        """A driver of the process has called back."""
        if process.alive and isinstance(effect, Send) and isinstance(outcome, Accepted | Rejected):
            heard = Heard(process.world.now, process, effect.message_id, effect.attempt, outcome)
            self.heard.setdefault(effect.message_id, []).append(heard)
