"""The read models of refreshes and of who joins them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.device.lifecycle import DeviceRemoved
from schemas.device.links import (
    RefreshAdvanced,
    RefreshFailed,
    RefreshJoined,
    RefreshQueued,
    RefreshStarted,
    RefreshSucceeded,
)
from schemas.envelope import Context
from tests.projections.events import LATER, REGISTERED, queued
from tests.projections.projecting import columns, project, rows_of
from tests.projections.written_log import at, claimed

STARTED = RefreshStarted(refresh=1, why="requested")


async def test_a_refresh_that_succeeds_has_its_whole_story(database: str) -> None:
    log = claimed()
    asked = Context(actor="ann")
    log.add("d-1", RefreshQueued(refresh=1, why="requested"), cause="request:5", decides=5, context=asked)
    log.add("d-1", STARTED)
    log.add("d-1", RefreshAdvanced(refresh=1, step="dialled"))
    log.add("d-1", RefreshAdvanced(refresh=1, step="logged in"))
    log.add("d-1", RefreshSucceeded(refresh=1))
    await project(database, log)
    (row,) = rows_of(database, "refreshes")
    assert row == {
        "partition": 0,
        "device_id": "d-1",
        "refresh": 1,
        "why": "requested",
        "cause": "request:5",
        "actor": "ann",
        "steps": ["dialled", "logged in"],
        "stepped_at": [at(3), at(4)],
        "queued_at": at(1),
        "started_at": at(2),
        "ended_at": at(5),
        "outcome": "succeeded",
        "reason": None,
        "retry_at": None,
        "position": 5,
    }


async def test_a_failed_refresh_says_why_and_when_it_is_tried_again(database: str) -> None:
    log = claimed()
    failed = RefreshFailed(refresh=1, outcome="unreachable", reason="no route", retry_at=LATER)
    log.add_all("d-1", STARTED, failed)
    await project(database, log)
    seen = columns(database, "refreshes", "outcome", "reason", "retry_at", "ended_at")
    assert seen == [("unreachable", "no route", LATER, at(2))]


@pytest.mark.parametrize("ends", ["claimed", "released", "removed"])
@pytest.mark.parametrize("batch", [1, 100])
async def test_a_refresh_ends_with_the_claim_or_the_device_and_has_not_failed(
    database: str, ends: str, batch: int
) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, STARTED)
    endings: dict[str, Callable[[], int]] = {
        "claimed": log.claim,
        "released": log.release,
        "removed": lambda: log.add("d-1", DeviceRemoved(waiting=0)),
    }
    endings[ends]()
    await project(database, log, batch=batch)
    assert columns(database, "refreshes", "outcome", "reason", "ended_at") == [("ended", ends, at(3))]


async def test_the_end_of_a_claim_touches_neither_ended_refreshes_nor_other_partitions(database: str) -> None:
    log, other = claimed(0), claimed(1)
    log.add_all("d-1", STARTED, RefreshSucceeded(refresh=1))
    other.add("d-2", STARTED)
    log.claim()
    await project(database, log, other)
    assert columns(database, "refreshes", "device_id", "outcome") == [("d-1", "succeeded"), ("d-2", None)]


async def test_sends_and_requests_that_join_a_refresh_are_listed(database: str) -> None:
    log = claimed()
    log.add("d-1", queued(7, reason="refreshing", refresh=1), decides=7)
    log.add("d-1", STARTED)
    log.add("d-1", RefreshJoined(refresh=1), decides=8, context=Context(actor="ann"))
    log.add("d-1", queued(9, reason="busy"), decides=9)
    await project(database, log)
    assert columns(database, "refresh_joins", "refresh", "kind", "request", "request_id", "actor", "joined_at") == [
        (1, "send", 7, "r-7", None, at(1)),
        (1, "request", 8, None, "ann", at(3)),
    ]
