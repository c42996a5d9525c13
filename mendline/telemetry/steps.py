"""How long the steps of sends and refreshes took, by the times in their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from prometheus_client.core import Metric

from mendline.telemetry import catalogue as c
from projections.read_model import ReadModel, Recorded, Rows
from projections.refreshes import REFRESHES, Refresh
from projections.sends import SENDS, SendRow
from schemas.device.links import RefreshFailed, RefreshSucceeded
from schemas.device.sends import (
    SendAccepted,
    SendCancelled,
    SendExpired,
    SendRejected,
    SendResolved,
    SendUncertain,
)
from streams.worker.figures import Spread

BY_OUTCOME = (SendAccepted, SendRejected, SendUncertain)
ENDINGS = (*BY_OUTCOME, SendExpired, SendCancelled, SendResolved)
STATES = ("accepted", "rejected", "uncertain", "expired", "cancelled", "resolved")
RESULTS = ("succeeded", "unreachable", "needs_pairing", "banned", "replaced", "cancelled")
MILLISECOND = timedelta(milliseconds=1)


class StepTimes:
    """Takes times from read models' rows, which know of a send what any event of it told, however long ago."""

    def __init__(self) -> None:
        # Each from 0 on, so that the first is an increase.
        self._sends = defaultdict(Spread, {state: Spread() for state in STATES})
        self._attempts = Spread()
        self._refreshes = defaultdict(Spread, {result: Spread() for result in RESULTS})

    def take(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """What ended by these records; other read models than those of sends and refreshes tell nothing."""
        if model.name == SENDS.name:
            self._take_sends(records, rows)
        elif model.name == REFRESHES.name:
            self._take_refreshes(records, rows)

    def collect(self) -> Iterator[Metric]:
        """The histograms."""
        yield c.SETTLED.of_spreads(((state,), spread) for state, spread in self._sends.items())
        yield c.ATTEMPT.of_spreads([((), self._attempts)])
        yield c.REFRESH.of_spreads(((result,), spread) for result, spread in self._refreshes.items())

    def _take_sends(self, records: Sequence[Recorded], rows: Rows[SendRow]) -> None:
        for record in records:
            event = record.event
            if not isinstance(event, ENDINGS):
                continue
            row = rows.get((record.partition, event.request))
            if row is None or row.settled_at != record.at:  # sent again since
                continue
            self._sends[row.state].add((record.at - row.decided_at) / MILLISECOND)
            if row.attempted_at is not None and isinstance(event, BY_OUTCOME):
                self._attempts.add((record.at - row.attempted_at) / MILLISECOND)

    def _take_refreshes(self, records: Sequence[Recorded], rows: Rows[Refresh]) -> None:
        for record in records:
            event = record.event
            if isinstance(event, RefreshSucceeded | RefreshFailed):
                row = rows.get((record.partition, record.stream_id, event.refresh))
                if row is not None and row.outcome is not None:
                    began = row.started_at or record.at
                    self._refreshes[row.outcome].add((record.at - began) / MILLISECOND)
