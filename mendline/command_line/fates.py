"""What became of a request, in words, and as the exit code of who asked."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import say, shown
from schemas.client.events import ClientChangeRejected, ClientCreationRejected
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.device.lifecycle import DevicePairingFailed, DeviceRemoved
from schemas.device.links import RefreshFailed
from schemas.device.requests import DevicePairingRequested, RefreshRequested, SendCancellationRequested, SendRequested
from schemas.device.sends import SendCancelled, SendExpired, SendRejected, SendResolved, SendUncertain
from schemas.message import Event, PartitionClaimed, PartitionReleased, Request, RequestAlreadyDone, RequestRefused

OF_CLIENTS = (ClientCreationRequested, ClientChangeRequested, ClientRemovalRequested)
FOLLOWED = (SendRequested, RefreshRequested, DevicePairingRequested, *OF_CLIENTS)
"""What goes on after its fate; of every other request the fate is all."""
FAILURES = (
    SendRejected,
    SendExpired,
    SendCancelled,
    SendUncertain,
    RefreshFailed,
    DevicePairingFailed,
    ClientCreationRejected,
    ClientChangeRejected,
)
UNTOLD = {"request", "request_id", "send", "claim", "value", "hash"}


def in_words(event: Event) -> str:
    """An event on one line: its type and what it says."""
    data = orjson.loads(orjson.dumps(event))
    said = [f"{name}={shown(value)}" for name, value in data.items() if name not in UNTOLD and value not in (None, "")]
    return " ".join([event.type, *said])


def code_of_fate(request: Request, events: Sequence[Event]) -> ExitCode:
    """Whether what was asked was done, by the events about it so far, its fate first."""
    match events:
        case [RequestRefused(reason="unknown_device" | "unknown_client" | "unknown_key" | "unknown_send")]:
            return ExitCode.NOT_FOUND
        case [RequestRefused()]:
            return ExitCode.FAILED
        case [RequestAlreadyDone()] if isinstance(request, SendCancellationRequested):
            return ExitCode.FAILED  # it is over, and may have left
        case _ if not isinstance(request, FOLLOWED):
            return ExitCode.DONE
    return _code_of_end(events)


def _code_of_end(events: Sequence[Event]) -> ExitCode:
    match events:
        case [*_, SendResolved(resolution="sent")]:
            return ExitCode.DONE
        case [_, *_, PartitionClaimed() | PartitionReleased()]:
            say("the device's partition changed hands, which ends an open refresh: ask again")
            return ExitCode.FAILED
        case [_, *_, DeviceRemoved() | SendResolved()]:
            return ExitCode.FAILED
        case [*_, last] if isinstance(last, FAILURES):
            return ExitCode.FAILED
    return ExitCode.DONE
