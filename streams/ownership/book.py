"""What a partition's events amount to: devices, their sends, and what was asked lately. The fold of recovery and of
deciding alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from schemas.device import DeviceEvent
from schemas.device import sends as s
from schemas.envelope import NO_CONTEXT, Context
from streams.device.decider import INITIAL, end_claim, evolve
from streams.device.evolve import NEW_CHAT_LOCKED
from streams.device.facts import Entry, Seen
from streams.device.state import Device, Open
from streams.ownership.queue import DeviceQueue
from streams.ownership.stock import Stock
from streams.ownership.window import Window

Unsettled = s.SendDeferred | s.SendReconciling | s.SendResolved | s.CampaignCancelled


class Book:
    """The state of one partition."""

    __slots__ = ("_none", "devices", "queues", "stock", "window")

    def __init__(self, window: Window | None = None, stock: Stock | None = None) -> None:
        self.devices: dict[str, Device] = {}
        self.queues: dict[str, DeviceQueue] = {}
        self.window = Window() if window is None else window
        self.stock = Stock() if stock is None else stock
        self._none = DeviceQueue()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Book):
            return NotImplemented
        mine, others = (
            (self.devices, self.told_queues(), self.window),
            (other.devices, other.told_queues(), other.window),
        )
        return mine == others

    __hash__ = None  # type: ignore[assignment]  # it changes

    def told_queues(self) -> dict[str, DeviceQueue]:
        """The queues that tell more than a new one."""
        return {device_id: queue for device_id, queue in self.queues.items() if not queue.is_blank()}

    def device(self, device_id: str) -> Device:
        """The device's state; INITIAL where nothing happened to it."""
        return self.devices.get(device_id, INITIAL)

    def queue(self, device_id: str) -> DeviceQueue:
        """The device's sends, to be read: none where it never had any."""
        return self.queues.get(device_id, self._none)

    def seen(self, device_id: str, request_id: str) -> Seen | None:
        """What is remembered of a request id: of a send that is not over, else of the last that was."""
        queue = self.queues.get(device_id)
        seen = None if queue is None else queue.seen(request_id)
        return seen or self.window.get(device_id, request_id)

    def context_of(self, device_id: str, event: s.AboutSend) -> Context:
        """What the request of the send that `event` is about hands on."""
        queue, request = self.queues.get(device_id), getattr(event, "request", None)
        found = None if queue is None or request is None else queue.context_of(request)
        return found or NO_CONTEXT

    def apply(self, device_id: str, event: DeviceEvent, at: datetime, context: Context, place: int) -> None:
        """Take in an event that counts; `place`: its offset."""
        before = self.devices.get(device_id, INITIAL)
        after = evolve(before, event, place, context)
        if after is not before:
            self.devices[device_id] = after
        if isinstance(event, s.AboutSend):
            self._apply_send(device_id, before, event, at, context, place)

    def _apply_send(
        self, device_id: str, before: Device, event: s.SendEvent, at: datetime, context: Context, place: int
    ) -> None:
        queue = self.queues.get(device_id)
        if queue is None:
            queue = self.queues[device_id] = DeviceQueue(self.stock)
        match event:
            case s.SendAttempted():
                queue.attempt(event, at, context, place)
            case s.SendAccepted() | s.SendRejected():
                self._settle(device_id, queue.settle())
            case s.SendQueued():
                queue.queue(event, at, context, place)
            case s.SendUncertain():
                opened = before.open
                message_id, doubted = (opened.message_id, opened.doubted or opened.attempt) if opened else ("", 1)
                self._settle(device_id, queue.doubt(message_id, doubted))
            case s.SendExpired() | s.SendCancelled():
                self._settle(device_id, queue.take_back(event.request, event.request_id))
            case s.SendReturned() | s.SendRepeated() | s.DeliveryRecorded():
                pass
            case _:
                self._apply_unsettled(device_id, queue, before, event)

    def pass_by(self, device_id: str, request_id: str, digest: str, request: int) -> None:
        """A send that never waited has left and is over."""
        queue = self.queues.get(device_id)
        if queue is not None:
            queue.opened = None
        self.window.settle(device_id, request_id, digest, request)

    def leave(self, device_id: str, request: int, request_id: str) -> None:
        """A send that waited, or was open, has left and is over."""
        self._settle(device_id, self.queues[device_id].leave(request, request_id))

    def _settle(self, device_id: str, entry: Entry | None) -> None:
        if entry is not None:
            self.window.settle(device_id, entry.request_id, entry.send.digest, entry.request)

    def _apply_unsettled(self, device_id: str, queue: DeviceQueue, before: Device, event: Unsettled) -> None:
        match event:
            case s.SendDeferred() if event.reason == NEW_CHAT_LOCKED:
                queue.step_aside(event.until)
            case s.SendDeferred():
                queue.hold()
            case s.SendReconciling():
                queue.reconcile(event)
            case s.SendResolved():
                if queue.resolve(event):
                    self.window.reopen(device_id, event.request_id)
            case s.CampaignCancelled():
                opened = before.open is not None and before.open.phase in ("ready", "held")
                queue.cancel(event, opened=opened)
            case _:
                assert_never(event)

    def deliver(self, device_id: str, entry: Entry) -> None:
        """The body of a send was read again; raises ValueError where it is not that of the send that lacks it."""
        queue = self.queues.get(device_id)
        if queue is not None:
            queue.deliver(entry)

    def unread(self) -> dict[int, str]:
        """Where the bodies of open sends lie that are not at hand, and whose they are."""
        opened = ((device_id, queue.opened) for device_id, queue in self.queues.items())
        return {entry.place: device_id for device_id, entry in opened if entry is not None and entry.lacks_body}

    def end_claim(self, *, same_process: bool = False) -> None:
        """A marker or a release: every link and open refresh of the partition is over (see `evolve.end_claim`)."""
        for device_id, device in self.devices.items():
            ended = end_claim(device, same_process=same_process)
            if ended is not device:
                self.devices[device_id] = ended

    def has_open_work(self) -> bool:
        """Whether a living owner may have an attempt, a pairing or a link: up, coming, or still closing."""
        return any(_linked_once(d) or _awaits(d) or d.pairing is not None for d in self.devices.values())

    def open_attempts(self) -> Iterator[tuple[str, Device, Open]]:
        """The devices whose open attempt or question belongs to a claim that ended."""
        return ((i, d, d.open) for i, d in list(self.devices.items()) if d.open is not None and d.open.orphan)


def _linked_once(device: Device) -> bool:
    # A link may outlive its end in the log: while it closes, or when its process has claimed anew and not yet kept it.
    return device.refreshes > 0


def _awaits(device: Device) -> bool:
    return device.open is not None and device.open.phase in ("attempting", "reconciling")
