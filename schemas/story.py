"""What a partition's events tell of one request to a device: its fate, and how what it began or joined ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ValidationError

from schemas.catalogue import UnknownTypeError, event_of
from schemas.device.lifecycle import (
    DevicePaired,
    DevicePairingClaimStarted,
    DevicePairingFailed,
    DevicePairingStarted,
    DeviceParked,
    DeviceRemoved,
    DeviceResumed,
)
from schemas.device.links import (
    RefreshAdvanced,
    RefreshFailed,
    RefreshJoined,
    RefreshQueued,
    RefreshStarted,
    RefreshSucceeded,
)
from schemas.device.sends import (
    SendAccepted,
    SendAttempted,
    SendCancelled,
    SendDeferred,
    SendExpired,
    SendQueued,
    SendReconciling,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.message import Event, PartitionClaimed, PartitionReleased

OF_SENDS = (
    SendAttempted,
    SendReturned,
    SendAccepted,
    SendRejected,
    SendDeferred,
    SendReconciling,
    SendUncertain,
    SendResolved,
    SendExpired,
    SendCancelled,
)
ENDS_OF_SENDS = (SendAccepted, SendRejected, SendUncertain, SendExpired, SendCancelled)
OF_REFRESHES = (RefreshQueued, RefreshStarted, RefreshAdvanced, RefreshSucceeded, RefreshFailed)
ENDS_OF_REFRESHES = (RefreshSucceeded, RefreshFailed)
OF_PAIRINGS = (DevicePairingClaimStarted, DevicePaired, DevicePairingFailed)
ENDS_OF_PAIRINGS = (DevicePaired, DevicePairingFailed)
OF_DEVICES = (DeviceParked, DeviceResumed)
ENDS_OF_LINKS = (PartitionClaimed, PartitionReleased)


class Told(NamedTuple):
    """An event about what was asked, and where it lies."""

    offset: int
    envelope: EventEnvelope
    event: Event


@dataclass(slots=True)
class Story:
    """What a partition's events, in log order, tell of one request.

    send, refresh: the numbers of the send and of the refresh that it became or joined; pairing: that of the pairing.
    """

    device_id: str
    request: int
    decided: bool = False
    ended: bool = False
    send: int | None = None
    refresh: int | None = None
    pairing: int | None = None

    def tells(self, envelope: EventEnvelope, event: Event) -> bool:
        """Whether the event that comes next in the log belongs to the story."""
        if envelope.decides == self.request:
            self._decide(event, envelope.sequence)
            return True
        if not self.decided or self.ended:
            return False
        if isinstance(event, ENDS_OF_LINKS):
            self.ended = self.send is None and self.pairing is None
            return self.ended
        return envelope.subject == self.device_id and self._goes_on(event)

    def _decide(self, event: Event, place: int | None) -> None:
        self.decided = True
        match event:
            case SendAttempted() | SendQueued():
                self.send = event.request
            case SendRepeated(settled=False):
                self.send = event.first
            case RefreshQueued() | RefreshStarted() | RefreshJoined():
                self.refresh = event.refresh
            case DevicePairingStarted():
                self.pairing = place
            case _:
                self.ended = True

    def _goes_on(self, event: Event) -> bool:
        if isinstance(event, OF_SENDS):
            self.ended = event.request == self.send and _ends_send(event)
            return event.request == self.send
        if isinstance(event, OF_REFRESHES):
            mine = self.refresh in (None, event.refresh)
            self.ended = self.refresh == event.refresh and isinstance(event, ENDS_OF_REFRESHES)
            return mine
        if isinstance(event, OF_PAIRINGS):
            self.ended = event.pairing == self.pairing is not None and isinstance(event, ENDS_OF_PAIRINGS)
            return event.pairing == self.pairing is not None
        if isinstance(event, DeviceRemoved) and self.send is self.pairing is None:
            self.ended = True
        return isinstance(event, (*OF_DEVICES, DeviceRemoved))


def _ends_send(event: Event) -> bool:
    again = isinstance(event, SendResolved) and event.resolution == "send_again"
    return isinstance(event, (*ENDS_OF_SENDS, SendResolved)) and not again


def told(offset: int, value: bytes | None) -> Told | None:
    """The event in the record at `offset` if it counts, for a reader that starts in the middle of a partition."""
    envelope = counted(offset, value)
    try:
        return envelope and Told(offset, envelope, event_of(envelope.type, envelope.data))
    except (UnknownTypeError, ValidationError):
        return None


def counted(offset: int, value: bytes | None) -> EventEnvelope | None:
    """The envelope in the record at `offset` if its event counts.

    A reader that starts in the middle does not know whose claim holds, and reading back to the marker may mean
    millions of records. `sequence` alone tells: an owner sends a batch only when all before it is acknowledged
    where it was expected, so whatever it wrote behind the marker that ended its claim lies further on in the log
    than its `sequence` says, by that marker at least. (What the claim adds is for logs that were cut or copied.)
    """
    try:
        envelope = decode_event(value)
    except UndecodableError:
        return None
    return envelope if envelope.type == PartitionClaimed.type or envelope.sequence == offset else None
