"""What a run of kills showed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median

from mendline.verify.report import Report
from schemas.fence import Verdict
from tests.faults.real.attempts import Step
from tests.faults.real.log import Log
from tests.faults.real.program import Kill

THAWED_S = 1.0
"""So long after a kill the broker may still append what the dead have sent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done; sends a second over all devices of a fleet of `scale` times 38 devices."""

    kills: int
    seed: int
    rate: float = 150.0
    scale: int = 3


@dataclass(slots=True)
class Outcome:
    """What a run showed.

    snapshots_used: by how many claims. stood_still: seconds from a kill to a partition's first event after the next
    claim.
    """

    plan: Plan
    report: Report
    problems: list[str]
    manners: Counter[str]
    steps: Counter[Step]
    connects: int
    uncertain: int
    sends: int
    projector_kills: int
    snapshots_used: int
    seconds: float
    stood_still: list[float]

    def text(self) -> str:
        """All of it for a person."""
        still = sorted(self.stood_still)
        lines = [
            f"seed {self.plan.seed}: {sum(self.manners.values())} kills in {self.seconds:.0f} s: {_told(self.manners)}",
            f"projector and snapshotter killed {self.projector_kills} times each",
            f"claims that began with a snapshot: {self.snapshots_used}",
            f"attempts open at a kill: {_told(self.steps)}; connects {self.connects}",
            f"sends {self.sends}, uncertain {self.uncertain}",
            f"a partition stood still for {median(still):.1f} s (median), {still[-1]:.1f} s (longest)",
            self.report.text(),
            *self.problems,
        ]
        return "\n".join(lines)


def stood_still(log: Log, kills: list[Kill]) -> list[float]:
    """By kill and partition: how long until the next claim's first event, where it came before the next kill."""
    found = []
    for kill, end in zip(kills, [*(k.after for k in kills[1:]), float("inf")], strict=True):
        work = [e for e in log.events if e.verdict is Verdict.COUNTS and kill.before + THAWED_S < e.at < end]
        firsts: dict[int, float] = {}
        for seen in work:
            firsts.setdefault(seen.partition, seen.at)
        found += [at - kill.before for at in firsts.values()]
    return found


def _told(counts: Counter[str] | Counter[Step]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
