"""An owner as its partition's runner knows it, whatever stream it decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from schemas.device.outcomes import LinkReport
from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from streams.drivers.port import Effect, Outcome
from streams.log.ports import EventRecord, LogRecord, RequestBatch
from streams.ownership.effects import Consequence
from streams.ownership.faults import Fault
from streams.ownership.folding import Folding
from streams.ownership.tenure import Inheritance, Tenure


class PartitionOwner(Protocol):
    """Folds, claims, decides; see docs/decisions/0001-shape.md. loose: what begins at once, beside no new event."""

    tenure: Tenure
    loose: list[Consequence]
    faults: list[Fault]

    @property
    def fence(self) -> Fence:
        """Whose the partition is, as far as it is folded."""

    @property
    def next_request(self) -> int:
        """The offset of the first request that is not decided."""

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record of the events topic, in order."""

    def fold_batch(self, batch: Sequence[tuple[int, EventEnvelope]]) -> None:
        """Take in many records, in order: the same as each by `fold`."""

    def resume(self, folding: Folding) -> None:
        """Go on folding where a snapshot has come to; only the devices' owner is given any."""

    def has_open_work(self) -> bool:
        """Whether a living predecessor may be at work on something that is to be waited for."""

    def recall(self) -> Sequence[int]:
        """Before `begin`: the offsets of events that have to be read again first, in order."""

    def recalled(self, records: Sequence[LogRecord]) -> None:
        """Take in what was to be recalled."""

    def lacking(self) -> Sequence[int]:
        """The offsets of acknowledged events that have to be read again, in order."""

    def read_again(self, records: Sequence[LogRecord], at: datetime) -> None:
        """Take in what was lacking, and go on with what waited for it."""

    def begin(self, at: datetime, inheritance: Inheritance) -> None:
        """Go to work: the record folded last was this owner's own valid marker."""

    def requests(self, batch: RequestBatch, at: datetime) -> None:
        """Decide a batch of requests; raises IntakeGapError when it does not follow the last."""

    def ended(self, effect: Effect, outcome: Outcome, at: datetime) -> bool:
        """Take in what came of an effect; whether it could be, or is to be told to the next owner."""

    def reported(self, device_id: str, link: int, report: LinkReport, at: datetime) -> None:
        """Take in what a driver says of a link by itself."""

    def due(self, at: datetime) -> datetime | None:
        """Do what is due by `at`; when to be asked next."""

    def take(self, max_bytes: int) -> list[EventRecord]:
        """The next batch of events to append: whole decisions; empty while one is in flight."""

    def acked(self, base_offset: int) -> list[Consequence]:
        """The batch lies at `base_offset`; what may begin now. Raises NotContiguousError: then this owner is void."""

    def idle(self) -> bool:
        """Whether nothing waits to be appended or acknowledged."""

    def passed(self) -> int:
        """Up to where no request follows `next_request`."""

    def expected(self) -> int:
        """The offset that the next event to be appended is to have."""

    def backlog(self) -> int:
        """Decisions that wait to be appended."""

    def pressed(self) -> int:
        """Keys that outcomes help more than requests do."""

    def quarantined(self) -> int:
        """Keys that stand still because of a bug."""

    def waiting(self) -> int:
        """Of what was asked for, what waits for its turn."""

    def leave(self) -> None:
        """Begin nothing new from here on."""

    def release(self, at: datetime) -> None:
        """The last event of this owner."""

    def close(self) -> None:
        """Give everything back; the owner is not used any more."""
