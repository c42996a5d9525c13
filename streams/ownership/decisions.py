"""Giving out decisions: each event is encoded, taken into the book, and kept until the log has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from schemas.device import DeviceEvent
from schemas.device import sends as s
from schemas.envelope import NO_CONTEXT, Context, encode_event
from schemas.message import Event
from streams.drivers.port import Close
from streams.log.ports import EventRecord
from streams.ownership.book import Book
from streams.ownership.effects import WITH_EFFECT, Begin, Consequence, effect_of
from streams.ownership.outbox import Decision, Outbox
from streams.ownership.tenure import Tenure

EPOCH = datetime.fromtimestamp(0, UTC)
OVERHEAD = 96
"""Bytes that a record costs in its batch beside its value, at most."""


class Decisions:
    """What an owner decided; `at` never goes back, `cause` is of what is decided next."""

    __slots__ = ("_book", "_stamp", "_tenure", "at", "cause", "outbox")

    def __init__(self, tenure: Tenure, book: Book) -> None:
        self._tenure = tenure
        self._book = book
        self._stamp = ""
        self.at = EPOCH
        self.cause = ""
        self.outbox = Outbox()

    def set_time(self, at: datetime) -> None:
        """Decide at `at` from now on, or at the latest time so far."""
        if at > self.at or not self._stamp:
            self.at = max(at, self.at)
            self._stamp = self.at.isoformat(timespec="microseconds")

    def give(
        self, device_id: str, events: Sequence[DeviceEvent], decides: int | None = None, context: Context = NO_CONTEXT
    ) -> list[Begin]:
        """Give out one decision, its first event the fate of request `decides`; what it implies."""
        book = self._book
        records: list[EventRecord] = []
        begins: list[Begin] = []
        for event in events:
            handed_on = context
            if decides is None and context is NO_CONTEXT and isinstance(event, s.AboutSend):
                handed_on = book.context_of(device_id, event)
            records.append(self._encode(device_id, event, decides, handed_on))
            decides = None
            book.apply(device_id, event, self.at, handed_on)
            if type(event) in WITH_EFFECT:
                device = book.device(device_id)
                effect = effect_of(device_id, event, book.queue(device_id).opened, device.credential)
                if effect is not None:
                    begins.append(Begin(device.driver, effect))
        if len(begins) > 1:
            begins.sort(key=lambda begin: not isinstance(begin.effect, Close))  # a replaced link is closed first
        self._put(records, begins)
        return begins

    def put(
        self,
        stream_id: str,
        event: Event,
        decides: int | None = None,
        context: Context = NO_CONTEXT,
        consequences: Sequence[Consequence] = (),
    ) -> None:
        """Give out an event that changes nothing in the book."""
        self._put((self._encode(stream_id, event, decides, context),), consequences)

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
