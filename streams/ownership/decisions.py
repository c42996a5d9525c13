"""Giving out decisions: each event is encoded, taken into the book, and kept until the log has it."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.device import DeviceEvent
from schemas.device import sends as s
from schemas.envelope import NO_CONTEXT, Context
from streams.drivers.port import Close
from streams.log.ports import EventRecord
from streams.ownership.book import Book
from streams.ownership.effects import WITH_EFFECT, Begin, effect_of
from streams.ownership.tenure import Tenure
from streams.ownership.writing import Writing


class Decisions(Writing):
    """What the owner of devices decided."""

    __slots__ = ("_book",)

    def __init__(self, tenure: Tenure, book: Book) -> None:
        super().__init__(tenure)
        self._book = book

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
            place = self.outbox.sequence
            records.append(self._encode(device_id, event, decides, handed_on))
            decides = None
            book.apply(device_id, event, self.at, handed_on, place)
            if type(event) in WITH_EFFECT:
                device = book.device(device_id)
                effect = effect_of(device_id, event, book.queue(device_id).opened, device.credential)
                if effect is not None:
                    begins.append(Begin(device.driver, effect))
        if len(begins) > 1:
            begins.sort(key=lambda begin: not isinstance(begin.effect, Close))  # a replaced link is closed first
        self._put(records, begins)
        return begins
