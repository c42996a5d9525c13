"""given(past events).when(command).then(events): the rules of a device, on the very book that an owner keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.device import DeviceEvent
from schemas.envelope import NO_CONTEXT
from streams.device.decider import decide
from streams.device.facts import Asked, Command, ConnectEnded, LinkReported, Rules, Seen, SendEnded
from streams.device.next_step import Wait, next_step
from streams.drivers.port import Traits
from streams.ownership.book import Book
from streams.ownership.publishing import Home
from streams.ownership.queue import DeviceQueue
from streams.ownership.reading import digest_of, message_id_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=10)
DEVICE = "device-17"
HOME = Home("device-events", 0)
TRAITS = {
    "linked": Traits(linked=True, drops_repeats=False, answers_asks=False),
    "asked": Traits(linked=True, drops_repeats=True, answers_asks=True),
    "repeating": Traits(linked=True, drops_repeats=True, answers_asks=False),
    "platform": Traits(linked=False, drops_repeats=False, answers_asks=True),
    "paired": Traits(linked=True, drops_repeats=True, answers_asks=False, pairs=True),
    "bare": Traits(linked=False, drops_repeats=False, answers_asks=False),
}


def after(seconds: float) -> datetime:
    """A time after NOW."""
    return NOW + timedelta(seconds=seconds)


def message_id(request_id: str) -> str:
    """The message id of a send of DEVICE."""
    return message_id_of("installation", DEVICE, request_id)


@dataclass(frozen=True, kw_only=True)
class Told:
    """The facts of one decision."""

    sends: DeviceQueue = field(default_factory=DeviceQueue)
    rules: Rules = field(default_factory=lambda: Rules(drivers=TRAITS))
    seen: Seen | None = None
    draw: float = 0.5
    healthy: bool = True
    chats: frozenset[str] = frozenset()
    send_budget: bool = True
    link_budget: bool = True
    pairing_budget: bool = True
    home: Home = HOME
    running: bool = False
    waiting_in_all: int = 0
    orphans_wait_until: datetime | None = None

    def knows_chat(self, to: str) -> bool:
        return to in self.chats

    def message_id(self, request_id: str) -> str:
        return message_id(request_id)


@dataclass(frozen=True)
class Claim:
    """In a past: a claim marker."""

    same_process: bool = False


@dataclass(frozen=True)
class Given:
    """What happened so far, each with its time."""

    past: tuple[tuple[datetime, DeviceEvent | Claim], ...] = ()

    def given(self, *events: DeviceEvent | Claim, at: datetime = EARLIER) -> Given:
        """And this happened too, at `at`."""
        return Given((*self.past, *((at, event) for event in events)))

    def book(self) -> Book:
        """What it amounts to."""
        book = Book()
        for place, (at, event) in enumerate(self.past):
            if isinstance(event, Claim):
                book.end_claim(same_process=event.same_process)
            else:
                book.apply(DEVICE, event, at, NO_CONTEXT, place)
        return book

    def when(self, command: Any, *, id: str = "asked", offset: int = 90, at: datetime = NOW, **facts: Any) -> Then:
        """What is decided of a request, an outcome or a report."""
        book = self.book()
        wrapped = command if isinstance(command, Command) else Asked(offset, id, command, digest_of(command))
        seen = book.seen(DEVICE, getattr(command, "request_id", None) or id)
        told = Told(sends=book.queue(DEVICE), **{"seen": seen, **facts})
        return Then(decide(book.device(DEVICE), wrapped, at, told))

    def next(self, *, at: datetime = NOW, **facts: Any) -> Then:
        """What the device does next by itself."""
        book = self.book()
        return Then(next_step(book.device(DEVICE), at, Told(sends=book.queue(DEVICE), **facts)))


@dataclass(frozen=True)
class Then:
    """What came of it."""

    found: Sequence[DeviceEvent] | Wait

    def then(self, *expected: DeviceEvent) -> None:
        """Exactly these events."""
        assert self.found == list(expected)

    def then_waits(self, **expected: Any) -> None:
        """Nothing but this wait; `rests` is compared only where it is given."""
        assert isinstance(self.found, Wait)
        assert self.found == replace_wait(Wait(**expected), self.found, expected)

    def then_refused(self, reason: str, *words: str) -> None:
        """A refusal for this reason, whose detail has these words."""
        (event,) = self.events()
        assert (event.type, event.reason) == ("request_refused", reason)
        assert [word for word in words if word not in event.detail] == []

    def then_already_done(self, reason: str) -> None:
        """Nothing to do, for this reason."""
        (event,) = self.events()
        assert (event.type, event.reason) == ("request_already_done", reason)

    def events(self) -> list[Any]:
        """The events, for a look at single fields."""
        assert isinstance(self.found, list)
        return self.found

    def types(self) -> list[str]:
        """The events' types."""
        return [event.type for event in self.events()]


def replace_wait(expected: Wait, found: Wait, given: dict[str, Any]) -> Wait:
    """The expected wait, with what is not compared taken from what was found."""
    return expected if "rests" in given else expected._replace(rests=found.rests)


def ended(request_id: str, outcome: Any, attempt: int = 1) -> SendEnded:
    """What came of a send's attempt."""
    return SendEnded(message_id(request_id), attempt, outcome)


def connect_ended(outcome: Any, link: int = 1) -> ConnectEnded:
    """What came of a connect."""
    return ConnectEnded(link, outcome)


def reported(report: Any, link: int = 1) -> LinkReported:
    """What a driver says by itself."""
    return LinkReported(link, report)


def rules(**changes: Any) -> Rules:
    """The settings, changed."""
    return replace(Rules(drivers=TRAITS), **changes)


nothing = Given()
