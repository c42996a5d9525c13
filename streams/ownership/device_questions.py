"""What the devices of one owner ask of owners of values, asked again until it is answered."""

from __future__ import annotations

from datetime import datetime

from streams.device.pairing import questions
from streams.device.state import Device
from streams.ownership.asking import Asking
from streams.ownership.book import Book
from streams.ownership.publishing import Home, Publish


class DeviceQuestions:
    """Which devices have open questions, and when each asks again."""

    __slots__ = ("_asking", "_book", "_home")

    def __init__(self, book: Book, home: Home) -> None:
        self._book = book
        self._home = home
        self._asking = Asking()

    def of(self, device_id: str) -> list[Publish]:
        """What the device asks, and has no answer to yet."""
        return questions(device_id, self._book.device(device_id), self._home)

    def note(self, device_id: str, device: Device, at: datetime, sequence: int) -> None:
        """By events before offset `sequence` the device may ask something new, or nothing any more."""
        pairing, account = device.pairing, device.account
        if (pairing is not None and pairing.claim is not None) or (account is not None and account.releases):
            self._asking.begin(device_id, at, sequence)
        else:
            self._asking.end(device_id)

    def due(self, at: datetime, acknowledged: int) -> list[Publish]:
        """What is to be asked again by `at`, as far as the log has the questions."""
        asking, again = self._asking, list[Publish]()
        if not asking:
            return again
        while (device_id := asking.pop(at)) is not None:
            if asking.may_ask(device_id, acknowledged):
                again += self.of(device_id)
            asking.go_on(device_id, at)
        return again

    def next(self) -> datetime | None:
        """When somebody asks again."""
        return self._asking.next() if self._asking else None
