"""Folding an events partition: what its owner goes on from, and what a snapshot of it holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import orjson

from schemas.device import DeviceEvent
from schemas.device.sends import SendAccepted, SendAttempted, SendReconciling
from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from schemas.rebuilding import rebuilt
from streams.device.facts import Entry
from streams.device.state import Device
from streams.ownership.book import Book
from streams.ownership.frames import StateDamagedError, framed, unframed
from streams.ownership.plain import plain, reader, shape
from streams.ownership.queue import DeviceQueue
from streams.ownership.stock import BodyBudget, Stock
from streams.ownership.window import Window

COUNTS = Verdict.COUNTS
ATTEMPTED, ACCEPTED = SendAttempted.type, SendAccepted.type
EPOCH = datetime.fromtimestamp(0, UTC)
MEANING = 4
"""Raised when the same events amount to another state than before, or it is written otherwise than before."""


def state_version() -> str:
    """Which states can be restored: those of the same meaning whose values have the same fields."""
    return f"device-{MEANING}-{shape(Device, Entry)}"


class Folding:
    """What the events of a partition amount to so far. It keeps no bodies, until an owner says how many.

    at: the latest time of a decision. last_process: who wrote the last valid marker; None after a release.
    attempt_claims: the claim under which each device's open send was tried last.
    """

    __slots__ = ("_time", "_time_at", "at", "attempt_claims", "book", "fence", "last_process", "next_request")

    def __init__(self) -> None:
        self.book = Book(stock=Stock(BodyBudget(0)))
        self.fence = Fence()
        self.next_request = 0
        self.at = EPOCH
        self.last_process: str | None = None
        self.attempt_claims: dict[str, str] = {}
        self._time, self._time_at = "", EPOCH

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record of the events topic, in order; raises UnknownTypeError for a newer writer's event."""
        verdict = self.fence.judge(offset, envelope)
        if verdict is COUNTS:
            self._note_decided(envelope)
            self.apply(offset, envelope)
        elif verdict is not Verdict.VOID:
            self._end_claim(envelope)
        return verdict

    def fold_batch(self, batch: Iterable[tuple[int, EventEnvelope]]) -> None:
        """Take in records in order: what `fold` makes of each, at two thirds of the price (benchmarks/owner.py).

        Of a send that is accepted in the batch in which it was tried nothing is left but its place in the window:
        its attempt is held back until something else happens to its device.
        """
        judge, held = self.fence.judge, dict[str, tuple[int, EventEnvelope]]()
        for offset, envelope in batch:
            verdict = judge(offset, envelope)
            if verdict is COUNTS:
                self._note_decided(envelope)
                attempt = held.pop(envelope.subject, None)
                if attempt is not None and self._accept(attempt[1], envelope):
                    continue
                if attempt is not None:
                    self.apply(*attempt)
                if envelope.type == ATTEMPTED and envelope.subject in self.book.devices:
                    held[envelope.subject] = offset, envelope
                else:
                    self.apply(offset, envelope)
            elif verdict is not Verdict.VOID:
                self._apply_all(held)
                self._end_claim(envelope)
        self._apply_all(held)

    def _accept(self, attempt: EventEnvelope, accepted: EventEnvelope) -> bool:
        """Take in an attempt that the platform accepted, straight from what was read; False: it did not."""
        tried, told, device_id = attempt.data, accepted.data, accepted.subject
        request, send = tried["request"], tried.get("send")
        if accepted.type != ACCEPTED or request != told["request"]:
            return False
        self._time_of(accepted)  # no earlier than the attempt's
        pace_until = told.get("pace_until")
        book = self.book
        book.devices[device_id] = book.devices[device_id].settled(pace_until and datetime.fromisoformat(pace_until))
        if send is None:
            book.leave(device_id, request, tried["request_id"])
        else:
            book.pass_by(device_id, tried["request_id"], send["digest"], request)
        return True

    def _apply_all(self, held: dict[str, tuple[int, EventEnvelope]]) -> None:
        for attempt in held.values():
            self.apply(*attempt)
        held.clear()

    def _note_decided(self, envelope: EventEnvelope) -> None:
        if envelope.decides is not None:
            self.next_request = envelope.decides + 1

    def _end_claim(self, envelope: EventEnvelope) -> None:
        process = envelope.data.get("process")
        self.book.end_claim(same_process=bool(process) and process == self.last_process)
        self.last_process = process

    def apply(self, offset: int, envelope: EventEnvelope) -> None:
        """Take in an event that counts."""
        at = self._time_of(envelope)
        event: DeviceEvent = rebuilt(envelope.type, envelope.data)  # type: ignore[assignment]  # markers are judged before
        self.book.apply(envelope.subject, event, at, envelope.context, offset)
        if isinstance(event, (SendAttempted, SendReconciling)):
            self.attempt_claims[envelope.subject] = envelope.claim

    def _time_of(self, envelope: EventEnvelope) -> datetime:
        if envelope.time != self._time:  # events of one turn share it
            self._time = envelope.time
            self._time_at = datetime.fromisoformat(envelope.time)
            self.at = max(self.at, self._time_at)
        return self._time_at

    def saved(self) -> bytes:
        """All of it, the same bytes for the same log."""
        fence, book = self.fence, self.book
        claims = {i: c for i, c in sorted(self.attempt_claims.items()) if book.device(i).open is not None}
        queues = dict(sorted(book.told_queues().items()))
        head = [fence.generation, fence.claim, fence.position, self.next_request, self.at, self.last_process]
        return framed(
            [
                orjson.dumps([head, claims, list(queues)]),
                orjson.dumps({device_id: plain(device) for device_id, device in book.devices.items()}),
                book.window.saved(),
                *(queue.saved() for queue in queues.values()),
            ]
        )

    @classmethod
    def restored(cls, saved: bytes) -> Folding:
        """The folding that was saved, to be gone on with; raises StateDamagedError."""
        try:
            return cls._restored(saved)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            message = f"not a state that was saved: {error!r}"
            raise StateDamagedError(message) from error

    @classmethod
    def _restored(cls, saved: bytes) -> Folding:
        folding = cls()
        stock = folding.book.stock
        told, devices, window, *queues = unframed(saved)
        head, folding.attempt_claims, names = orjson.loads(told)
        generation, claim, position, folding.next_request, at, folding.last_process = head
        folding.fence = Fence(generation, claim, position)
        folding.at = datetime.fromisoformat(at)
        device_of = reader(Device)
        folding.book = Book(Window.restored(window), stock)
        folding.book.devices.update((i, device_of(raw)) for i, raw in orjson.loads(devices).items())
        folding.book.queues.update(
            (name, DeviceQueue.restored(queue, stock)) for name, queue in zip(names, queues, strict=True)
        )
        return folding
