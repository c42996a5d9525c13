"""The reading half of the fence: a pure fold that tells which events count (log-fence.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schemas.envelope import EventEnvelope
from schemas.message import PartitionClaimed, PartitionReleased


class Verdict(Enum):
    """What a record of an events topic is worth."""

    COUNTS = "counts"
    CLAIMED = "claimed"
    RELEASED = "released"
    VOID = "void"


_VOID, _COUNTS = Verdict.VOID, Verdict.COUNTS  # a member of an Enum costs 60 ns each time it is asked for


@dataclass(slots=True)
class Fence:
    """Who owns one events partition at a position of its log.

    generation, claim: of the current valid marker; `claim` is None where nobody owns the partition.
    position: the next offset to judge.
    """

    generation: int = 0
    claim: str | None = None
    position: int = 0

    def judge(self, offset: int, event: EventEnvelope) -> Verdict:
        """Whether the event at `offset` counts; must be called for every record, in log order."""
        self.position = offset + 1
        if event.type == PartitionClaimed.type:
            return self._judge_marker(event)
        if event.claim != self.claim or event.sequence != offset:
            return _VOID
        if event.type == PartitionReleased.type:
            self.claim = None
            return Verdict.RELEASED
        return _COUNTS

    def pass_over(self, offset: int) -> Verdict:
        """What nobody can read counts for nobody."""
        self.position = offset + 1
        return Verdict.VOID

    def _judge_marker(self, event: EventEnvelope) -> Verdict:
        generation = event.data.get("generation")
        if not isinstance(generation, int) or generation <= self.generation or event.data.get("claim") != event.claim:
            return Verdict.VOID
        self.generation, self.claim = generation, event.claim
        return Verdict.CLAIMED
