"""Bodies that are not at hand and will be needed: where in the log they lie, and what is found there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.device.sends import SendAttempted, SendQueued
from schemas.envelope import decode_event
from schemas.rebuilding import rebuilt
from streams.device.facts import Entry
from streams.log.ports import LogRecord
from streams.ownership.book import Book
from streams.ownership.folding import EPOCH


class NoFateError(Exception):
    """What lies where a send was accepted must state the whole send."""


class Unread:
    """Which offsets are to be read again, and for whom; each is wanted until it was read."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: dict[int, str] = {}

    def want(self, device_id: str, places: Iterable[int]) -> None:
        """The device needs what lies there."""
        for place in places:
            self._places[place] = device_id

    def want_all(self, places: Mapping[int, str]) -> None:
        """Devices need what lies at these places."""
        self._places.update(places)

    def below(self, end: int) -> list[int]:
        """What is wanted of the events before `end`, in order."""
        return sorted(place for place in self._places if place < end)

    def found(self, place: int) -> str | None:
        """What lies there was read: who needed it."""
        return self._places.pop(place, None)


def deliver(book: Book, device_id: str | None, record: LogRecord) -> None:
    """Give a device the body in a record; raises NoFateError, or ValueError where it is another send's."""
    if device_id is not None:
        book.deliver(device_id, fate_in(record))


def fate_in(record: LogRecord) -> Entry:
    """The send that the event in a record states; raises NoFateError."""
    envelope = decode_event(record.value)
    event = rebuilt(envelope.type, envelope.data)
    if not isinstance(event, SendQueued | SendAttempted) or event.send is None:
        message = f"the event at offset {record.offset} is {envelope.type}, and states no send"
        raise NoFateError(message)
    return Entry(event.request, event.request_id, event.send, EPOCH, context=envelope.context, place=record.offset)
