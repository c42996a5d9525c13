"""The read model of devices."""

from __future__ import annotations

import pytest

from projections.devices import DEVICES
from schemas.device.lifecycle import (
    DeviceChanged,
    DevicePaired,
    DeviceParked,
    DeviceRegistered,
    DeviceRemoved,
    DeviceResumed,
    DeviceUnpaired,
)
from schemas.device.links import DeviceDisconnected, RefreshFailed, RefreshQueued, RefreshStarted
from schemas.device.sends import SendCancelled, SendDeferred, SendReconciling, SendRejected, SendReturned
from schemas.message import Event
from tests.projections.events import LATER, REGISTERED, accepted, attempted, linking, message_id, of, queued
from tests.projections.projecting import columns, project, rows_of
from tests.projections.written_log import at, claimed

FAILED = RefreshFailed(refresh=1, outcome="unreachable", reason="no route", retry_at=LATER)
PLATFORM = DeviceRegistered(driver="platform", linked=False)
RESUMED = DeviceResumed(why="paired")
UNPAIRED = DeviceUnpaired(why="asked", pairing=3, jid="62811@s")
PARKED = DeviceParked(reason="banned", by="device", until=LATER)


async def test_a_registered_device_has_a_row(database: str) -> None:
    log = claimed()
    log.add("d-1", REGISTERED)
    await project(database, log)
    (row,) = rows_of(database, "devices")
    assert row == {
        "partition": 0,
        "device_id": "d-1",
        "driver": "simulator",
        "linked": True,
        "name": "Front desk",
        "credential": None,
        "jid": None,
        "pace_min_s": 0.0,
        "pace_max_s": 0.0,
        "state": "registered",
        "reason": None,
        "until": None,
        "link": None,
        "refreshes": 0,
        "failures": 0,
        "waiting": 0,
        "in_flight": [],
        "registered_at": at(1),
        "last_event_at": at(1),
        "position": 1,
    }


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((PLATFORM,), ("ready", None, None, None)),
        ((REGISTERED, RefreshStarted(refresh=1, why="send")), ("refreshing", "send", None, None)),
        ((REGISTERED, *linking()), ("connected", None, None, 1)),
        ((REGISTERED, RefreshStarted(refresh=1, why="send"), FAILED), ("disconnected", "no route", LATER, None)),
        ((REGISTERED, *linking(), DeviceDisconnected(link=1, why="idle")), ("disconnected", "idle", None, None)),
        ((REGISTERED, PARKED), ("parked", "banned", LATER, None)),
        ((REGISTERED, PARKED, DeviceResumed(why="asked")), ("disconnected", "asked", None, None)),
        ((PLATFORM, PARKED, DeviceResumed(why="asked")), ("ready", "asked", None, None)),
        ((REGISTERED, *linking(), DeviceRemoved(waiting=0)), ("removed", None, None, None)),
    ],
)
async def test_its_state_says_where_it_stands(
    database: str, events: tuple[Event, ...], expected: tuple[object, ...]
) -> None:
    log = claimed()
    log.add_all("d-1", *events)
    await project(database, log)
    assert columns(database, "devices", "state", "reason", "until", "link") == [expected]


@pytest.mark.parametrize("ends", ["claim", "release"])
async def test_when_the_partition_changes_hands_its_links_and_refreshes_are_over(database: str, ends: str) -> None:
    log = claimed()
    log.add_all("linked", REGISTERED, *linking())
    log.add_all("refreshing", REGISTERED, RefreshStarted(refresh=1, why="send"))
    log.add_all("parked", REGISTERED, PARKED)
    await project(database, log)
    getattr(log, ends)()
    await project(database, log)
    seen = columns(database, "devices", "device_id", "state", "link")
    assert seen == [("linked", "disconnected", None), ("parked", "parked", None), ("refreshing", "disconnected", None)]


@pytest.mark.parametrize(
    ("events", "waiting", "in_flight"),
    [
        ((queued(1), queued(2)), 2, []),
        ((queued(1), attempted(1)), 0, [1]),
        ((queued(1), attempted(1), accepted(1)), 0, []),
        ((queued(1), attempted(1), of(1, SendReturned, attempt=1, reason="not_started")), 1, []),
        ((queued(1), attempted(1), of(1, SendDeferred, attempt=1, reason="x", until=LATER), attempted(1, 2)), 0, [1]),
        ((queued(1), queued(2), of(1, SendCancelled, reason="asked")), 1, []),
        (
            (
                queued(1),
                attempted(1),
                of(1, SendDeferred, attempt=1, reason="x", until=LATER),
                of(1, SendRejected, attempt=1, reason="max_attempts"),
            ),
            0,
            [],
        ),
        (
            (
                queued(1),
                attempted(1),
                of(
                    1,
                    SendReconciling,
                    attempt=1,
                    until=LATER,
                    by="ask",
                    message_id=message_id(1),
                    reason="crash",
                    again_at=LATER,
                ),
            ),
            0,
            [1],
        ),
    ],
)
async def test_it_counts_its_waiting_sends(
    database: str, events: tuple[Event, ...], waiting: int, in_flight: list[int]
) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, *events)
    await project(database, log)
    assert columns(database, "devices", "waiting", "in_flight") == [(waiting, in_flight)]


async def test_its_failures_count_until_a_send_is_settled(database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, RefreshStarted(refresh=1, why="send"), FAILED)
    log.add_all("d-1", RefreshQueued(refresh=2, why="retry"), RefreshStarted(refresh=2, why="retry"))
    log.add("d-1", RefreshFailed(refresh=2, outcome="unreachable", reason="no route"))
    await project(database, log)
    assert columns(database, "devices", "refreshes", "failures") == [(2, 2)]
    log.add_all("d-1", *linking(3), queued(1), attempted(1), accepted(1))
    await project(database, log)
    assert columns(database, "devices", "refreshes", "failures") == [(3, 0)]


async def test_a_changed_device_has_what_was_changed(database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, DeviceChanged(name="Back", credential="key", pace_min_s=1.5, pace_max_s=3))
    await project(database, log)
    assert columns(database, "devices", "name", "credential", "pace_min_s", "pace_max_s") == [("Back", "key", 1.5, 3)]


async def test_a_paired_device_has_its_account_until_it_is_unpaired(database: str) -> None:
    log = claimed()
    paired = DevicePaired(jid="62811@s", pairing=3)
    log.add_all("d-1", REGISTERED, DeviceParked(reason="needs_pairing", by="device"), paired, RESUMED)
    await project(database, log)
    assert columns(database, "devices", "jid", "state", "reason") == [("62811@s", "disconnected", "paired")]
    log.add_all("d-1", UNPAIRED, DeviceParked(reason="needs_pairing", by="device"))
    await project(database, log)
    assert columns(database, "devices", "jid", "state", "reason") == [(None, "parked", "needs_pairing")]


async def test_a_removed_device_stays_removed_when_its_session_ends(database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, DevicePaired(jid="62811@s"), DeviceRemoved(waiting=0), DeviceUnpaired(why="removed"))
    await project(database, log)
    assert columns(database, "devices", "jid", "state") == [(None, "removed")]


async def test_a_device_registered_again_goes_on_counting_refreshes(database: str) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, *linking(4), DeviceRemoved(waiting=0), REGISTERED)
    await project(database, log)
    assert columns(database, "devices", "state", "refreshes", "link") == [("registered", 4, None)]


async def test_an_unknown_device_has_no_row(database: str) -> None:
    log = claimed()
    log.add("d-1", accepted(1))
    await project(database, log, models=[DEVICES])
    assert rows_of(database, "devices") == []
