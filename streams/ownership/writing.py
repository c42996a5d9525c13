"""Writing decisions down: each event is encoded for the place where it will lie, and kept until the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.envelope import NO_CONTEXT, Context, encode_event
from schemas.message import Event
from streams.log.ports import EventRecord
from streams.ownership.effects import Consequence
from streams.ownership.outbox import Decision, Outbox
from streams.ownership.tenure import Tenure

EPOCH = datetime.fromtimestamp(0, UTC)
OVERHEAD = 96
"""Bytes that a record costs in its batch beside its value, at most."""


class Writing:
    """What an owner decided; `at` never goes back, `cause` is of what is decided next."""

    __slots__ = ("_stamp", "_tenure", "at", "cause", "outbox")

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._stamp = ""
        self.at = EPOCH
        self.cause = ""
        self.outbox = Outbox()

    def set_time(self, at: datetime) -> None:
        """Decide at `at` from now on, or at the latest time so far."""
        if at > self.at or not self._stamp:
            self.at = max(at, self.at)
            self._stamp = self.at.isoformat(timespec="microseconds")

    def put(
        self,
        stream_id: str,
        event: Event,
        decides: int | None = None,
        context: Context = NO_CONTEXT,
        consequences: Sequence[Consequence] = (),
    ) -> None:
        """Give out an event by itself."""
        self._put((self._encode(stream_id, event, decides, context),), consequences)

    def put_all(
        self,
        stream_id: str,
        events: Sequence[Event],
        decides: int,
        context: Context,
        consequences: Sequence[Consequence],
    ) -> None:
        """Give out one decision, its first event the fate of request `decides`."""
        fates = (decides, *[None] * (len(events) - 1))
        self._put([self._encode(stream_id, e, d, context) for e, d in zip(events, fates, strict=True)], consequences)

    def _put(self, records: Sequence[EventRecord], consequences: Sequence[Consequence]) -> None:
        size = OVERHEAD * len(records)
        for _, value in records:
            size += len(value)
        self.outbox.put(Decision(records, size, consequences))
        self.cause = f"event:{self.outbox.sequence - 1}"

    def _encode(self, stream_id: str, event: Event, decides: int | None, context: Context) -> EventRecord:
        tenure, outbox = self._tenure, self.outbox
        position = tenure.topic, tenure.partition, outbox.sequence
        value = encode_event(event, position, stream_id, self._stamp, tenure.claim, self.cause, decides, context)
        outbox.sequence += 1
        return EventRecord(stream_id.encode(), value)
