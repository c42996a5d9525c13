"""What owners of all streams do alike: take requests in order, give their decisions out in order, and leave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from schemas.marks import PARTITION
from schemas.message import PartitionReleased
from streams.log.ports import EventRecord, LogRecord, RequestBatch
from streams.ownership.effects import Consequence, DeadLetter
from streams.ownership.faults import Fault, IntakeGapError
from streams.ownership.reading import Refusal
from streams.ownership.tenure import Tenure
from streams.ownership.writing import Writing


class AnyOwner(ABC):
    """The one writer of a partition's events.

    loose: what begins at once, beside no new event. faults: bugs that were met and contained since the runner looked
    last.
    """

    _writing: Writing

    def __init__(self, tenure: Tenure) -> None:
        self.tenure = tenure
        self.loose: list[Consequence] = []
        self.faults: list[Fault] = []
        self._taken = 0
        self._leaving = False

    # deciding

    def requests(self, batch: RequestBatch, at: datetime) -> None:
        """Decide a batch of requests, each with its fate; raises IntakeGapError when it does not follow the last."""
        if batch.begin != self._taken:
            raise IntakeGapError(f"requests from {batch.begin} on, expected from {self._taken} on")
        self._writing.set_time(at)
        for record in batch.records:
            self._request(record)
        self._taken = batch.end

    @abstractmethod
    def _request(self, record: LogRecord) -> None:
        """Decide one request; a bug ends with it."""

    def _refuse(self, record: LogRecord, found: Refusal) -> None:
        letters = (DeadLetter(found.event.detail, record),) if found.undecodable else ()
        self._writing.put(found.stream_id, found.event, record.offset, found.context, letters)

    def passed(self) -> int:
        """Up to where no request follows `next_request`: true of the requests, whatever becomes of the decisions."""
        return self._taken

    # appending

    def take(self, max_bytes: int) -> list[EventRecord]:
        """The next batch of events to append: whole decisions; empty while one is in flight."""
        return self._writing.outbox.take(max_bytes)

    def acked(self, base_offset: int) -> list[Consequence]:
        """The batch lies at `base_offset`; what may begin now. Raises NotContiguousError: then this owner is void."""
        return self._writing.outbox.acked(base_offset)

    def idle(self) -> bool:
        """Whether nothing waits to be appended or acknowledged."""
        return not self.backlog() and not self._writing.outbox.in_flight()

    def expected(self) -> int:
        """The offset that the next event to be appended is to have."""
        return self._writing.outbox.acknowledged

    def backlog(self) -> int:
        """Decisions that wait to be appended."""
        return len(self._writing.outbox)

    # for figures

    def quarantined(self) -> int:
        """Keys that stand still because of a bug."""
        return 0

    def waiting(self) -> int:
        """Of what was asked for, what waits for its turn."""
        return 0

    # leaving

    def leave(self) -> None:
        """Begin nothing new from here on: only outcomes are decided."""
        self._leaving = True

    def release(self, at: datetime) -> None:
        """The last event of this owner."""
        self._writing.set_time(at)
        self._writing.cause = "due:handover"
        self._writing.put(PARTITION, PartitionReleased())
