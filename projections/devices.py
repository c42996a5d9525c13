"""The devices of the fleet as they are now: one row a device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never, get_args

from projections.read_model import MARKERS, Need, ReadModel, Recorded, Rows, handed_over, of_keys, streams_of
from projections.table import Table
from schemas.device import DeviceEvent, lifecycle, links, sends
from schemas.message import PartitionClaimed, PartitionReleased, RequestAlreadyDone, RequestRefused
from schemas.uniqueness.questions import ValueReleaseRecorded

NOT_STARTED = "not_started"
BY_ID = "(device_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"
OF_PARTITIONS = "partition = ANY(%s) AND state IN ('connected', 'refreshing')"


@dataclass(slots=True)
class Device:
    """A device, as far as the log says.

    until: end of the park, or the drawn time of the next refresh. refreshes: number of the last one.
    failures: refreshes that brought nothing since the last settled send. in_flight: requests being attempted or
    reconciled now, which `waiting` does not count. position: offset of the last event that concerned it.
    """

    partition: int
    device_id: str
    driver: str
    linked: bool
    name: str
    credential: str | None
    jid: str | None
    pace_min_s: float
    pace_max_s: float
    state: str
    reason: str | None
    until: datetime | None
    link: int | None
    refreshes: int
    failures: int
    waiting: int
    in_flight: list[int]
    registered_at: datetime
    last_event_at: datetime
    position: int


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """Every device that something happened to; of a partition that changed hands, those with a link or a refresh."""
    yield from of_keys(BY_ID, streams_of(records))
    yield from of_keys(OF_PARTITIONS, handed_over(records))


def fold(rows: Rows[Device], record: Recorded) -> None:
    """Put one event into its device's row."""
    event = record.event
    if isinstance(event, MARKERS):
        return _end_claim(rows, record, "claimed" if isinstance(event, PartitionClaimed) else "released")
    key = (record.partition, record.stream_id)
    if isinstance(event, lifecycle.DeviceRegistered):
        rows[key] = _registered(rows.get(key), record, event)
    elif (device := rows.get(key)) is not None:
        device.last_event_at = record.at
        device.position = record.offset
        _change(device, event)  # type: ignore[arg-type]  # TAKES lets nothing else through
    return None


def _change(device: Device, event: DeviceEvent) -> None:
    match event:
        case (
            sends.SendAttempted()
            | sends.SendAccepted()
            | sends.SendQueued()
            | sends.SendReturned()
            | sends.SendRejected()
            | sends.SendDeferred()
            | sends.SendReconciling()
            | sends.SendUncertain()
            | sends.SendResolved()
            | sends.SendExpired()
            | sends.SendCancelled()
            | sends.SendRepeated()
            | sends.CampaignCancelled()
            | sends.DeliveryRecorded()
        ):
            _count(device, event)
        case (
            links.DeviceConnected()
            | links.DeviceDisconnected()
            | links.RefreshStarted()
            | links.RefreshSucceeded()
            | links.RefreshFailed()
            | links.RefreshAdvanced()
            | links.RefreshJoined()
            | links.RefreshQueued()
        ):
            _link(device, event)
        case RequestRefused() | RequestAlreadyDone():
            pass
        case _:
            _live(device, event)


def _count(device: Device, event: sends.SendEvent) -> None:
    match event:
        case sends.SendAttempted() | sends.SendReconciling():
            _begin(device, event)
        case sends.SendAccepted() | sends.SendRejected() | sends.SendUncertain():
            device.failures = 0
            _take(device, event.request)
        case sends.SendQueued():
            device.waiting += 1
        case sends.SendReturned():
            _return(device, event)
        case sends.SendDeferred():
            _put_back(device, event.request)
        case sends.SendExpired() | sends.SendCancelled():
            _take(device, event.request)
        case sends.SendResolved():
            device.waiting += event.resolution == "send_again"
        case sends.SendRepeated() | sends.CampaignCancelled() | sends.DeliveryRecorded():
            pass
        case _:
            assert_never(event)


def _begin(device: Device, event: sends.SendAttempted | sends.SendReconciling) -> None:
    if event.request not in device.in_flight:
        device.in_flight = [*device.in_flight, event.request]
        # A fate says of its send that it never waited.
        device.waiting -= isinstance(event, sends.SendReconciling) or event.send is None


def _take(device: Device, request: int) -> None:
    if request in device.in_flight:
        device.in_flight = [r for r in device.in_flight if r != request]
    else:
        device.waiting -= 1


def _put_back(device: Device, request: int) -> None:
    if request in device.in_flight:
        device.in_flight = [r for r in device.in_flight if r != request]
        device.waiting += 1


def _return(device: Device, event: sends.SendReturned) -> None:
    _put_back(device, event.request)
    device.failures += event.reason != NOT_STARTED
    if device.state == "disconnected":
        device.until = event.retry_at


def _link(device: Device, event: links.LinkEvent) -> None:
    match event:
        case links.RefreshQueued():
            device.refreshes = event.refresh
        case links.RefreshStarted():
            device.refreshes = event.refresh
            device.state, device.reason, device.until = "refreshing", event.why, None
        case links.RefreshFailed():
            device.failures += event.outcome == "unreachable"
            if device.state in ("refreshing", "disconnected", "registered"):
                device.state, device.reason, device.until = "disconnected", event.reason, event.retry_at
        case links.DeviceConnected():
            device.link = event.link
            device.jid = event.jid or device.jid
            device.state, device.reason, device.until = "connected", None, None
        case links.DeviceDisconnected():
            device.link = None
            if device.state == "connected":
                device.state, device.reason, device.until = "disconnected", event.reason or event.why, None
        case links.RefreshSucceeded() | links.RefreshAdvanced() | links.RefreshJoined():
            pass
        case _:
            assert_never(event)


def _live(device: Device, event: lifecycle.LifecycleEvent) -> None:
    match event:
        case lifecycle.DeviceChanged():
            device.name, device.credential = event.name, event.credential
            device.pace_min_s, device.pace_max_s = event.pace_min_s, event.pace_max_s
        case lifecycle.DeviceRemoved():
            device.link = None
            device.state, device.reason, device.until = "removed", None, None
        case lifecycle.DeviceParked():
            device.state, device.reason, device.until = "parked", event.reason, event.until
        case lifecycle.DeviceResumed():
            device.failures = 0
            device.state, device.reason, device.until = _at_rest(device), event.why, None
        case lifecycle.DevicePaired():
            device.jid = event.jid
            if device.state == "registered":
                device.state, device.reason = "disconnected", "paired"
        case lifecycle.DeviceUnpaired():
            device.jid = None
            if device.state not in ("parked", "removed"):
                device.state, device.reason, device.until = "registered", event.why, None
        case (
            lifecycle.DeviceRegistered()
            | lifecycle.DevicePairingStarted()
            | lifecycle.DevicePairingClaimStarted()
            | lifecycle.DevicePairingFailed()
            | lifecycle.MessageReceived()
            | ValueReleaseRecorded()
        ):
            pass
        case _:
            assert_never(event)


def _at_rest(device: Device) -> str:
    return "disconnected" if device.linked else "ready"


def _registered(before: Device | None, record: Recorded, event: lifecycle.DeviceRegistered) -> Device:
    return Device(
        partition=record.partition,
        device_id=record.stream_id,
        driver=event.driver,
        linked=event.linked,
        name=event.name,
        credential=event.credential,
        jid=None,
        pace_min_s=event.pace_min_s,
        pace_max_s=event.pace_max_s,
        state="registered" if event.linked else "ready",
        reason=None,
        until=None,
        link=None,
        refreshes=before.refreshes if before else 0,
        failures=0,
        waiting=before.waiting if before else 0,
        in_flight=before.in_flight if before else [],
        registered_at=record.at,
        last_event_at=record.at,
        position=record.offset,
    )


def _end_claim(rows: Rows[Device], record: Recorded, reason: str) -> None:
    for device in rows.values():
        if device.partition == record.partition and device.state in ("connected", "refreshing"):
            device.link = None
            device.state, device.reason, device.until = "disconnected", reason, None
            device.last_event_at = record.at
            device.position = record.offset


DEVICES = ReadModel(
    Table("devices", Device, key=("partition", "device_id")),
    takes=frozenset({*get_args(DeviceEvent), PartitionClaimed, PartitionReleased}),
    needs=needs,
    fold=fold,
)
