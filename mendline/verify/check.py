"""Checks whole histories: pure, without Kafka; `command.py` does the same with a real log."""

from __future__ import annotations

from collections.abc import Iterable

from mendline.verify.comparison import Comparison
from mendline.verify.figures import Totals
from mendline.verify.history import History
from mendline.verify.ledger import Entry
from mendline.verify.limits import Limits
from mendline.verify.partition import PartitionCheck
from mendline.verify.place import Place
from mendline.verify.report import Report, Violations
from schemas.topics import DEVICE, Stream, Topics


class Verification:
    """One check in progress: a `PartitionCheck` for one partition after the other, then the report."""

    def __init__(
        self,
        partition_count: int,
        topics: Topics,
        ledger: Iterable[Entry] | None = None,
        limits: Limits | None = None,
        stream: Stream = DEVICE,
    ) -> None:
        self._count = partition_count
        self._topics = topics
        self._stream = stream
        self._limits = limits or Limits()
        self._violations = Violations()
        self._totals = Totals()
        self._comparison = None if ledger is None else Comparison(ledger, self._limits)

    def begin(self, partition: int, *, requests_begin: int, events_begin: int) -> PartitionCheck:
        """Begin with a partition."""
        place = Place(partition, self._count, self._topics, self._violations, self._stream)
        return PartitionCheck(
            place,
            self._limits,
            requests_begin=requests_begin,
            whole=events_begin == 0,
            comparison=self._comparison,
        )

    def finish(self, check: PartitionCheck) -> None:
        """End with a partition: there are no more records."""
        check.requests((), None)
        check.finish(self._totals)

    def report(self) -> Report:
        """What was found in the partitions that are finished."""
        effects = None if self._comparison is None else dict(self._comparison.counts)
        figures = self._totals.figures(effects)
        return Report(figures, tuple(self._violations.found), dict(self._violations.counts))


def check(history: History, ledger: Iterable[Entry] | None = None, limits: Limits | None = None) -> Report:
    """Hold a history, and what a ledger says left, against every rule."""
    verification = Verification(history.partition_count, history.topics, ledger, limits)
    for partition in history.partitions:
        checked = verification.begin(
            partition.partition, requests_begin=partition.requests_begin, events_begin=partition.events_begin
        )
        checked.requests(partition.requests, None)
        checked.events(partition.events)
        verification.finish(checked)
    return verification.report()
