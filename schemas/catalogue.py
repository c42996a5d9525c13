"""Every message the log may contain: wire type → model, stream, kind. A new message is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from schemas.client import events as client_events
from schemas.client import requests as client_requests
from schemas.connection import events as connection_events
from schemas.connection import requests as connection_requests
from schemas.control import events as control_events
from schemas.control import requests as control_requests
from schemas.device import lifecycle, links, requests, sends
from schemas.message import (
    Event,
    PartitionClaimed,
    PartitionReleased,
    Request,
    RequestAlreadyDone,
    RequestRefused,
)
from schemas.topics import CLIENT, CONNECTION, CONTROL, DEVICE, UNIQUENESS, Stream
from schemas.uniqueness import events as value_events
from schemas.uniqueness import requests as value_requests
from schemas.uniqueness.questions import UniquenessAnswered, ValueReleaseRecorded

OF_EVERY_STREAM: tuple[type[Event], ...] = (
    PartitionClaimed,
    PartitionReleased,
    RequestRefused,
    RequestAlreadyDone,
)


@dataclass(frozen=True, slots=True)
class StreamCatalogue:
    """The messages of one stream."""

    stream: Stream
    requests: tuple[type[Request], ...]
    events: tuple[type[Event], ...]

    def request_classes(self) -> dict[str, type[Request]]:
        """The classes of what may be asked here, by type."""
        return {request.type: request for request in self.requests}


DEVICE_CATALOGUE = StreamCatalogue(
    DEVICE,
    requests=(
        requests.SendRequested,
        requests.SendCancellationRequested,
        requests.SendResolutionRequested,
        requests.RefreshRequested,
        requests.DeviceRegistrationRequested,
        requests.DeviceChangeRequested,
        requests.DeviceRemovalRequested,
        requests.DeviceParkRequested,
        requests.DeviceResumeRequested,
        requests.DevicePairingRequested,
        requests.DeviceUnpairingRequested,
        requests.DeliveryReported,
        requests.MessageReported,
        requests.OutcomeReported,
        UniquenessAnswered,
    ),
    events=(
        *OF_EVERY_STREAM,
        lifecycle.DeviceRegistered,
        lifecycle.DeviceChanged,
        lifecycle.DeviceRemoved,
        lifecycle.DeviceParked,
        lifecycle.DeviceResumed,
        lifecycle.DevicePairingStarted,
        lifecycle.DevicePairingClaimStarted,
        lifecycle.DevicePaired,
        lifecycle.DevicePairingFailed,
        lifecycle.DeviceUnpaired,
        links.RefreshQueued,
        links.RefreshStarted,
        links.RefreshJoined,
        links.RefreshAdvanced,
        links.RefreshSucceeded,
        links.RefreshFailed,
        links.DeviceConnected,
        links.DeviceDisconnected,
        sends.SendQueued,
        sends.SendAttempted,
        sends.SendReturned,
        sends.SendAccepted,
        sends.SendRejected,
        sends.SendDeferred,
        sends.SendReconciling,
        sends.SendUncertain,
        sends.SendResolved,
        sends.SendExpired,
        sends.SendCancelled,
        sends.SendRepeated,
        sends.CampaignCancelled,
        sends.DeliveryRecorded,
        lifecycle.MessageReceived,
        ValueReleaseRecorded,
    ),
)
CLIENT_CATALOGUE = StreamCatalogue(
    CLIENT,
    requests=(
        client_requests.ClientCreationRequested,
        client_requests.ClientChangeRequested,
        client_requests.ClientRemovalRequested,
        UniquenessAnswered,
    ),
    events=(
        *OF_EVERY_STREAM,
        client_events.ClientCreationStarted,
        client_events.ClientCreationJoined,
        client_events.ClientCreated,
        client_events.ClientCreationRejected,
        client_events.ClientChangeStarted,
        client_events.ClientChanged,
        client_events.ClientChangeRejected,
        client_events.ClientRemovalStarted,
        client_events.ClientRemoved,
        ValueReleaseRecorded,
    ),
)
UNIQUENESS_CATALOGUE = StreamCatalogue(
    UNIQUENESS,
    requests=(value_requests.ClaimRequested, value_requests.ReleaseRequested),
    events=(
        *OF_EVERY_STREAM,
        value_events.ValueClaimed,
        value_events.ClaimRepeated,
        value_events.ClaimRefused,
        value_events.ValueReleased,
        value_events.ReleaseRepeated,
    ),
)
CONTROL_CATALOGUE = StreamCatalogue(
    CONTROL,
    requests=(control_requests.KeyCreationRequested, control_requests.KeyRevocationRequested),
    events=(*OF_EVERY_STREAM, control_events.KeyCreated, control_events.KeyRevoked),
)
CONNECTION_CATALOGUE = StreamCatalogue(
    CONNECTION,
    requests=(
        connection_requests.ConnectionRequested,
        connection_requests.ConnectionCloseRequested,
        connection_requests.GroupJoinRequested,
        connection_requests.GroupLeaveRequested,
        connection_requests.NodeSeen,
        connection_requests.NodeLossRequested,
    ),
    events=(
        *OF_EVERY_STREAM,
        connection_events.ConnectionOpened,
        connection_events.ConnectionReplaced,
        connection_events.ConnectionClosed,
        connection_events.GroupJoined,
        connection_events.GroupLeft,
        connection_events.NodeRecorded,
        connection_events.NodeLost,
    ),
)
CATALOGUES = (
    DEVICE_CATALOGUE,
    CLIENT_CATALOGUE,
    UNIQUENESS_CATALOGUE,
    CONTROL_CATALOGUE,
    CONNECTION_CATALOGUE,
)
REQUEST_CLASSES: dict[str, type[Request]] = {r.type: r for c in CATALOGUES for r in c.requests}
EVENT_CLASSES: dict[str, type[Event]] = {e.type: e for c in CATALOGUES for e in c.events}


class UnknownTypeError(ValueError):
    """A message's type must stand in the catalogue."""


adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
"""The validator of a message's class; built once, on first use."""


def event_of(type_: str, data: dict[str, Any]) -> Event:
    """The event in an envelope; raises UnknownTypeError, or pydantic's ValidationError."""
    model = EVENT_CLASSES.get(type_)
    if model is None:
        problem = f"no event is called {type_!r}: is this reader older than the log's writer?"
        raise UnknownTypeError(problem)
    event: Event = adapter(model).validate_python(data)
    return event
