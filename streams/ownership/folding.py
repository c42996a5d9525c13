"""Folding an events partition: what its owner goes on from, and what a snapshot of it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from schemas.device import DeviceEvent
from schemas.device.sends import SendAttempted, SendReconciling
from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from schemas.rebuilding import rebuilt
from streams.device.facts import Entry
from streams.device.state import Device
from streams.ownership.book import Book
from streams.ownership.frames import StateDamagedError, framed, unframed
from streams.ownership.plain import plain, reader, shape
from streams.ownership.queue import DeviceQueue
from streams.ownership.window import Window

COUNTS = Verdict.COUNTS
EPOCH = datetime.fromtimestamp(0, UTC)
MEANING = 2
"""Raised when the same events amount to another state than before, or it is written otherwise than before."""


def state_version() -> str:
    """Which states can be restored: those of the same meaning whose values have the same fields."""
    return f"device-{MEANING}-{shape(Device, Entry)}"


class Folding:
    """What the events of a partition amount to so far.

    at: the latest time of a decision. last_process: who wrote the last valid marker; None after a release.
    attempt_claims: the claim under which each device's open send was tried last.
    """

    __slots__ = ("_time", "_time_at", "at", "attempt_claims", "book", "fence", "last_process", "next_request")

    def __init__(self) -> None:
        self.book = Book()
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
            self.apply(envelope)
        elif verdict is not Verdict.VOID:
            process = envelope.data.get("process")
            self.book.end_claim(same_process=bool(process) and process == self.last_process)
            self.last_process = process
        return verdict

    def apply(self, envelope: EventEnvelope) -> None:
        """Take in an event that counts."""
        event: DeviceEvent = rebuilt(envelope.type, envelope.data)  # type: ignore[assignment]  # markers are judged before
        if envelope.time != self._time:  # events of one turn share it
            self._time = envelope.time
            self._time_at = datetime.fromisoformat(envelope.time)
            self.at = max(self.at, self._time_at)
        self.book.apply(envelope.subject, event, self._time_at, envelope.context)
        if envelope.decides is not None:
            self.next_request = envelope.decides + 1
        if isinstance(event, (SendAttempted, SendReconciling)):
            self.attempt_claims[envelope.subject] = envelope.claim

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
        told, devices, window, *queues = unframed(saved)
        head, folding.attempt_claims, names = orjson.loads(told)
        generation, claim, position, folding.next_request, at, folding.last_process = head
        folding.fence = Fence(generation, claim, position)
        folding.at = datetime.fromisoformat(at)
        device_of = reader(Device)
        folding.book = Book(Window.restored(window))
        folding.book.devices.update((i, device_of(raw)) for i, raw in orjson.loads(devices).items())
        folding.book.queues.update(
            (name, DeviceQueue.restored(queue)) for name, queue in zip(names, queues, strict=True)
        )
        return folding
