"""What a partition's events amount to: devices, their sends, and what was asked lately. The fold of recovery and of
deciding alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.device import DeviceEvent
from schemas.device import sends as s
from schemas.envelope import Context
from streams.device.decider import INITIAL, end_claim, evolve
from streams.device.evolve import NEW_CHAT_LOCKED
from streams.device.state import Device
from streams.ownership.queue import DeviceQueue
from streams.ownership.window import Window

SETTLING = (s.SendAccepted, s.SendRejected, s.SendUncertain, s.SendExpired, s.SendCancelled)


class Book:
    """The state of one partition."""

    __slots__ = ("devices", "queues", "window")

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.queues: dict[str, DeviceQueue] = {}
        self.window = Window()

    def device(self, device_id: str) -> Device:
        """The device's state; INITIAL where nothing happened to it."""
        return self.devices.get(device_id, INITIAL)

    def queue(self, device_id: str) -> DeviceQueue:
        """The device's sends."""
        queue = self.queues.get(device_id)
        if queue is None:
            queue = self.queues[device_id] = DeviceQueue()
        return queue

    def apply(self, device_id: str, event: DeviceEvent, at: datetime, context: Context) -> None:
        """Take in an event that counts."""
        before = self.devices.get(device_id, INITIAL)
        after = evolve(before, event)
        if after is not before:
            self.devices[device_id] = after
        if isinstance(event, s.SendEvent):
            self._apply_send(device_id, before, event, at, context)

    def _apply_send(self, device_id: str, before: Device, event: s.SendEvent, at: datetime, context: Context) -> None:
        queue = self.queue(device_id)
        match event:
            case s.SendAttempted():
                if event.send is not None:
                    self.window.open(device_id, event.request_id, event.send.digest, event.request)
                queue.attempt(event, at, context)
            case s.SendAccepted() | s.SendRejected():
                queue.settle()
            case s.SendQueued():
                self.window.open(device_id, event.request_id, event.send.digest, event.request)
                queue.queue(event, at, context)
            case s.SendUncertain():
                queue.doubt(before.open.message_id if before.open else "")
            case s.SendDeferred():
                queue.defer(event, aside=event.reason == NEW_CHAT_LOCKED)
            case s.SendReconciling():
                queue.reconcile(event)
            case s.SendExpired() | s.SendCancelled():
                queue.take_back(event.request)
            case s.SendResolved():
                self._resolve(device_id, queue, event)
            case _:
                return
        if isinstance(event, SETTLING):
            self.window.settle(device_id, event.request_id)

    def _resolve(self, device_id: str, queue: DeviceQueue, event: s.SendResolved) -> None:
        queue.resolve(event)
        if event.resolution == "send_again":
            self.window.reopen(device_id, event.request_id)

    def end_claim(self) -> None:
        """A marker or a release: every link and open refresh of the partition is over."""
        for device_id, device in self.devices.items():
            ended = end_claim(device)
            if ended is not device:
                self.devices[device_id] = ended

    def has_open_work(self) -> bool:
        """Whether a living owner would have a link, or an attempt under way."""
        return any(d.link is not None or _awaits(d) for d in self.devices.values())

    def open_attempts(self) -> Iterator[tuple[str, Device]]:
        """The devices whose open attempt or question belongs to a claim that ended."""
        return ((i, d) for i, d in list(self.devices.items()) if d.open is not None and d.open.orphan)


def _awaits(device: Device) -> bool:
    return device.open is not None and device.open.phase in ("attempting", "reconciling")
