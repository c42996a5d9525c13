"""Giving out decisions: each event is encoded, taken into the book, and kept until the log has it."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.device import DeviceEvent
from schemas.device import sends as s
from schemas.envelope import NO_CONTEXT, Context
from schemas.topics import DEVICE
from streams.device.pairing import questions
from streams.drivers.port import Close
from streams.log.ports import EventRecord
from streams.ownership.book import Book
from streams.ownership.effects import OF_ACCOUNTS, WITH_EFFECT, Begin, Consequence, effect_of
from streams.ownership.publishing import Home
from streams.ownership.tenure import Tenure
from streams.ownership.writing import Writing


class Decisions(Writing):
    """What the owner of devices decided."""

    __slots__ = ("_book", "_home")

    def __init__(self, tenure: Tenure, book: Book) -> None:
        super().__init__(tenure)
        self._book = book
        self._home = Home(DEVICE.events, tenure.partition)

    def give(
        self, device_id: str, events: Sequence[DeviceEvent], decides: int | None = None, context: Context = NO_CONTEXT
    ) -> list[Begin]:
        """Give out one decision, its first event the fate of request `decides`; what it implies."""
        book = self._book
        records: list[EventRecord] = []
        begins: list[Begin] = []
        asked: list[Consequence] = []
        for event in events:
            handed_on = context
            if decides is None and context is NO_CONTEXT:
                if isinstance(event, s.AboutSend):
                    handed_on = book.context_of(device_id, event)
                elif type(event) in OF_ACCOUNTS and (pairing := book.device(device_id).pairing) is not None:
                    handed_on = pairing.context
            place = self.outbox.sequence
            records.append(self._encode(device_id, event, decides, handed_on))
            decides = None
            book.apply(device_id, event, self.at, handed_on, place)
            if type(event) in WITH_EFFECT:
                device = book.device(device_id)
                effect = effect_of(device_id, event, book.queue(device_id).opened, device)
                if effect is not None:
                    begins.append(Begin(device.driver, effect))
                if type(event) in OF_ACCOUNTS:
                    asked += questions(device_id, device, self._home)
        if len(begins) > 1:
            begins.sort(key=lambda begin: not isinstance(begin.effect, Close))  # a replaced link is closed first
        self._put(records, [*asked, *begins] if asked else begins)
        return begins
