"""What can be asked about devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from mendline.client.call import OWN_WRITES, Answered, Call, Listing, Tagged, given, path_of, time_of
from mendline.client.reading import decided, read_as, tagged
from schemas.api.devices import ConnectionDocument, DeviceDocument, DeviceKind, DeviceState
from schemas.api.document import Page
from schemas.api.outcomes import OutcomeDocument
from schemas.api.pairings import SignalDocument
from schemas.api.refreshes import RefreshDocument
from schemas.api.timeline import TimelineLineDocument

WAIT_S = 10.0
REFRESH_S = 60.0
TIMELINE_S = 30.0


def add(
    device_id: str,
    driver: str,
    *,
    name: str | None = None,
    credential: str | None = None,
    pace_min_s: float | None = None,
    pace_max_s: float | None = None,
    timeout_s: float = WAIT_S,
) -> Call[OutcomeDocument]:
    """Add a device to the fleet; the same again changes nothing."""
    body = given(
        id=device_id,
        driver=driver,
        name=name,
        credential=credential,
        pace_min_s=pace_min_s,
        pace_max_s=pace_max_s,
    )
    return _asked("POST", path_of("devices"), body, timeout_s=timeout_s, repeatable=True)


def show(device_id: str, *, at_least: str | None = OWN_WRITES) -> Call[DeviceDocument]:
    """One device with the evidence for its state, also a removed one."""
    return Call(
        "GET",
        path_of("devices", device_id),
        read_as(DeviceDocument),
        "device",
        at_least=at_least,
        repeatable=True,
    )


def show_tagged(device_id: str, *, at_least: str | None = OWN_WRITES) -> Call[Tagged[DeviceDocument]]:
    """One device with its ETag, for `change(..., if_match=...)`."""
    return Call(
        "GET",
        path_of("devices", device_id),
        tagged(read_as(DeviceDocument)),
        "device",
        at_least=at_least,
        repeatable=True,
    )


def list_(
    *,
    state: DeviceState | None = None,
    driver: str | None = None,
    kind: DeviceKind | None = None,
    worker: str | None = None,
    page_size: int = 100,
    at_least: str | None = OWN_WRITES,
) -> Listing[DeviceDocument]:
    """Devices by id; those of the fleet, or only those in a state."""
    params = given(state=state, driver=driver, kind=kind, worker=worker, limit=page_size)
    return Listing(
        Call(
            "GET",
            path_of("devices"),
            read_as(Page[DeviceDocument]),
            "device",
            params=params,
            at_least=at_least,
            repeatable=True,
        )
    )


def change(
    device_id: str,
    *,
    name: str | None = None,
    credential: str | None = None,
    pace_min_s: float | None = None,
    pace_max_s: float | None = None,
    if_match: str | None = None,
    timeout_s: float = WAIT_S,
) -> Call[OutcomeDocument]:
    """Change what is given; what is not given stays. if_match: only if nobody edited it since that ETag."""
    body = given(name=name, credential=credential, pace_min_s=pace_min_s, pace_max_s=pace_max_s)
    headers = {} if if_match is None else {"If-Match": if_match}
    return _asked("PATCH", path_of("devices", device_id), body, timeout_s=timeout_s, headers=headers)


def remove(device_id: str, *, timeout_s: float = WAIT_S) -> Call[OutcomeDocument]:
    """Take a device out of the fleet; its waiting sends are cancelled."""
    return _asked("DELETE", path_of("devices", device_id), timeout_s=timeout_s)


def refresh(device_id: str, *, wait: bool = True, timeout_s: float = REFRESH_S) -> Call[OutcomeDocument]:
    """Mend a device's link, once, whoever else asks; a healthy one is left alone. wait: until it has ended."""
    path = path_of("devices", device_id, "refresh")
    return _asked("POST", path, timeout_s=timeout_s, params={"wait": wait})


def park(
    device_id: str, *, reason: str | None = None, until: datetime | None = None, timeout_s: float = WAIT_S
) -> Call[OutcomeDocument]:
    """Stop sending on a device; its sends wait in order."""
    body = given(reason=reason, until=time_of(until))
    return _asked("POST", path_of("devices", device_id, "park"), body, timeout_s=timeout_s)


def resume(device_id: str, *, timeout_s: float = WAIT_S) -> Call[OutcomeDocument]:
    """Let a parked device go on."""
    return _asked("POST", path_of("devices", device_id, "resume"), timeout_s=timeout_s)


def pair(
    device_id: str, *, method: Literal["qr", "code"] = "qr", phone: str | None = None, timeout_s: float = WAIT_S
) -> Call[OutcomeDocument]:
    """Begin to pair a device with a phone; `pairing` gives what to show until it has answered."""
    body = given(method=method, phone=phone)
    return _asked("POST", path_of("devices", device_id, "pair"), body, timeout_s=timeout_s)


def unpair(device_id: str, *, timeout_s: float = WAIT_S) -> Call[OutcomeDocument]:
    """Log a device out of its phone, or end its pairing under way."""
    return _asked("POST", path_of("devices", device_id, "unpair"), timeout_s=timeout_s)


def pairing(device_id: str) -> Call[SignalDocument]:
    """What the phone is to be shown now; raises MendlineError (`not_pairing`) where nothing is."""
    path = path_of("devices", device_id, "pairing")
    return Call("GET", path, read_as(SignalDocument), "device", repeatable=True)


def refreshes(device_id: str, *, page_size: int = 20, at_least: str | None = OWN_WRITES) -> Listing[RefreshDocument]:
    """A device's refreshes with their steps and who joined, newest first."""
    return Listing(
        Call(
            "GET",
            path_of("devices", device_id, "refreshes"),
            read_as(Page[RefreshDocument]),
            "device",
            params={"limit": page_size},
            at_least=at_least,
            repeatable=True,
        )
    )


def connection(device_id: str, *, at_least: str | None = OWN_WRITES) -> Call[ConnectionDocument]:
    """A device's live link, or its last one."""
    return Call(
        "GET",
        path_of("devices", device_id, "connection"),
        read_as(ConnectionDocument),
        "device",
        at_least=at_least,
        repeatable=True,
    )


def timeline(
    device_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    page_size: int = 100,
    at_least: str | None = OWN_WRITES,
) -> Listing[TimelineLineDocument]:
    """Every record about a device, what asked and what came of it, newest first, straight from the log."""
    return Listing(
        Call(
            "GET",
            path_of("devices", device_id, "timeline"),
            _newest_first,
            "device",
            params=given(since=time_of(since), until=time_of(until), limit=page_size),
            at_least=at_least,
            repeatable=True,
            waits_s=TIMELINE_S,
        )
    )


def _newest_first(answered: Answered) -> Page[TimelineLineDocument]:
    """The pages are newest first, their lines are not."""
    page = read_as(Page[TimelineLineDocument])(answered)
    return page.model_copy(update={"items": page.items[::-1]})


def _asked(
    method: str,
    path: str,
    body: Any = None,
    *,
    timeout_s: float,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    repeatable: bool = False,
) -> Call[OutcomeDocument]:
    return Call(
        method,
        path,
        decided,
        "device",
        params={**(params or {}), "timeout": timeout_s},
        body=body,
        headers={"Idempotency-Key": uuid4().hex, **(headers or {})},
        repeatable=repeatable,
        waits_s=timeout_s,
    )
