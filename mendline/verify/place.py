"""The partition that is being checked: its name in what is reported, and its counts."""

from __future__ import annotations

from collections import Counter

from mendline.verify.parsing import Json
from mendline.verify.report import Violation, Violations
from mendline.verify.rules import Rule
from schemas.envelope import Position
from schemas.topics import DEVICE, Stream, Topics


class Place:
    """One partition's names and counts.

    types: counted events by type. ended: sends by how they ended. standings: records by what they are worth.
    settled: how many sends are over. owner, process: who holds the claim, or held the last one.
    """

    __slots__ = (
        "_events",
        "_requests",
        "_violations",
        "count",
        "ended",
        "owner",
        "partition",
        "process",
        "settled",
        "standings",
        "types",
    )

    def __init__(
        self, partition: int, count: int, topics: Topics, violations: Violations, stream: Stream = DEVICE
    ) -> None:
        self.partition = partition
        self.count = count
        self.types: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.standings: Counter[str] = Counter()
        self.settled = 0
        self.owner = self.process = ""
        self._events, self._requests = topics.events(stream), topics.requests(stream)
        self._violations = violations

    def violation(
        self, rule: Rule, sentence: str, *offsets: int, device: str | None = None, request: int | None = None
    ) -> None:
        """Report a violation at `offsets` of the events, and at `request` of the requests."""
        positions = [Position(self._events, self.partition, offset) for offset in offsets]
        if request is not None:
            positions.append(Position(self._requests, self.partition, request))
        self._violations.add(Violation(rule, tuple(positions), device, sentence))


def process_of(marker: Json) -> str:
    """What tells a marker's process from others; older markers have its worker's name only."""
    return str(marker.get("process") or marker["owner"])
