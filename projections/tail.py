"""One partition of the log from a checkpoint on: judged by the fence, and decoded where it counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import orjson

from projections.checkpoints import Standing
from projections.decoding import BACKSLASH, NUL, Validators, read_envelope, read_event, read_marker
from projections.errors import CheckpointMismatchError
from projections.read_model import Recorded
from schemas.envelope import EventEnvelope
from schemas.fence import Verdict
from schemas.message import Event, PartitionClaimed, PartitionReleased

MARKERS = (PartitionClaimed.type, PartitionReleased.type)
MISMATCH = (
    "partition {partition}: the log's record {offset} does not carry claim {claim} of the checkpoint: this is another"
    " log than the one these tables were made from. Point the projector to the right cluster or database, or, if"
    " the log was replaced on purpose, empty the database and start again"
)


class LogRecord(Protocol):
    """What a tail reads of a record; aiokafka's ConsumerRecord has it."""

    @property
    def offset(self) -> int:
        """Where it lies."""

    @property
    def value(self) -> bytes | None:
        """What was written."""


class Stretch(NamedTuple):
    """A stretch of one partition: what counts in it, and the partition's standing before and after it."""

    partition: int
    before: Standing
    records: Sequence[Recorded]
    after: Standing

    def parted(self, at: int) -> tuple[Stretch, Stretch]:
        """The stretch in two, before and from its `at`-th record."""
        head, rest = self.records[:at], self.records[at:]
        middle = standing_after(self.before, head, rest[0].offset)
        return Stretch(self.partition, self.before, head, middle), self._replace(before=middle, records=rest)


class Tail:
    """Reads one partition's records in order, from a standing on.

    proofs: claims that the records at some offsets must carry, else the checkpoints belong to another log. passing:
    what begins a record that may be passed over unread, for nobody takes its event and it is no marker.
    """

    def __init__(
        self,
        partition: int,
        standing: Standing,
        validators: Validators,
        proofs: Mapping[int, str] | None = None,
        passing: re.Pattern[bytes] | None = None,
    ) -> None:
        self.partition = partition
        self.standing = standing
        self._proofs = dict(proofs or {})
        self._fence = standing.fence()
        self._worker = standing.worker
        self._validators = validators
        self._passing = passing

    @property
    def start(self) -> int:
        """The offset to read from: the checkpoint's, or that of the earliest proof."""
        return min([self.standing.next_offset, *self._proofs])

    def take(self, records: Sequence[LogRecord]) -> Stretch:
        """What counts among the next records; raises CheckpointMismatchError."""
        taken: list[Recorded] = []
        fence, before = self._fence, self.standing
        for record in self._unpassed(records):
            offset = record.offset
            if not self._proofs and (usual := self._usual(offset, record.value)) is not None:
                fence.position = offset + 1
                taken.append(usual)
                continue
            envelope = read_envelope(record.value)
            if self._proofs:
                self._prove(offset, envelope)
            if offset < fence.position:
                continue
            if envelope is None:
                fence.pass_over(offset)
            elif (verdict := fence.judge(offset, envelope)) is not Verdict.VOID:
                taken.append(self._recorded(offset, envelope, verdict))
        self.standing = standing_after(before, taken, fence.position)
        return Stretch(self.partition, before, taken, self.standing)

    def _unpassed(self, records: Sequence[LogRecord]) -> Sequence[LogRecord]:
        """The records that must be read. The last one always: it moves the position, and is the next proof."""
        if self._passing is None or self._proofs:
            return records
        passed = self._passing.match
        return [r for r in records[:-1] if r.value is None or not passed(r.value)] + list(records[-1:])

    def _usual(self, offset: int, value: bytes | None) -> Recorded | None:
        """The event at `offset` if it counts and there is nothing unusual about it; None is no verdict.

        The hot path: what the fence and `decoding` say of such a record, without an envelope in between, which spares a
        third of the time (benchmarks/projector.py). tests/projections/test_tail.py holds it against them.
        """
        claim = self._fence.claim
        if claim is None or value is None or offset < self._fence.position or (BACKSLASH in value and NUL in value):
            return None
        try:
            raw = orjson.loads(value)
            type_, subject, data, decides = raw["type"], raw["subject"], raw["data"], raw.get("decides")
            at = datetime.fromisoformat(raw["time"])
            counts = raw["claim"] == claim and raw["sequence"] == str(offset) and type_ not in MARKERS
            if not counts or type(subject) is not str or type(data) is not dict or at.tzinfo is None:
                return None
            decided = None if decides is None else int(decides)
            event = self._validators[type_](data)
            actor, trace = raw.get("actor"), raw.get("traceparent")
            return Recorded(
                self.partition, offset, subject, at, self._worker, claim, raw["cause"], decided, actor, trace, event
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            return None

    def _recorded(self, offset: int, envelope: EventEnvelope, verdict: Verdict) -> Recorded:
        event: Event
        if verdict is Verdict.CLAIMED:
            at, event = read_marker(envelope)
            self._worker = event.owner
        else:
            at, event = read_event(envelope, self._validators)
        return Recorded(
            self.partition,
            offset,
            envelope.subject,
            at,
            self._worker,
            envelope.claim,
            envelope.cause,
            envelope.decides,
            envelope.context.actor,
            envelope.context.traceparent,
            event,
        )

    def _prove(self, offset: int, envelope: EventEnvelope | None) -> None:
        for due in [o for o in self._proofs if o <= offset]:
            claim = self._proofs.pop(due)
            if due != offset or envelope is None or envelope.claim != claim:
                raise CheckpointMismatchError(MISMATCH.format(partition=self.partition, offset=due, claim=claim))


def standing_after(before: Standing, records: Sequence[Recorded], next_offset: int) -> Standing:
    """The standing of a partition once these records, which are all that count up to `next_offset`, are folded."""
    if not records:
        return before._replace(next_offset=next_offset)
    last = records[-1]
    markers = (r.event.generation for r in reversed(records) if isinstance(r.event, PartitionClaimed))
    return Standing(
        next_offset,
        next(markers, before.generation),
        last.claim,
        not isinstance(last.event, PartitionReleased),
        last.worker,
        last.offset,
        next((r.decides for r in reversed(records) if r.decides is not None), before.decided),
    )
