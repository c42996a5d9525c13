"""The read model of sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.device.body import Body, Media
from schemas.device.sends import (
    CampaignCancelled,
    DeliveryRecorded,
    SendCancelled,
    SendDeferred,
    SendExpired,
    SendReconciling,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from schemas.message import Event
from tests.projections.events import EXPIRY, LATER, accepted, attempted, message_id, of, queued, send
from tests.projections.projecting import columns, project, rows_of
from tests.projections.written_log import START, at, claimed

RECONCILING = of(
    1,
    SendReconciling,
    attempt=1,
    until=LATER,
    by="ask",
    message_id=message_id(1),
    reason="crash",
    again_at=LATER,
)
UNCERTAIN = of(1, SendUncertain, attempt=1, reason="no answer")


async def test_a_queued_and_accepted_send_has_its_whole_story(database: str) -> None:
    media = Media(kind="image", url="https://example.org/a.png")
    content = send(body=Body(text="hi", media=media), campaign="spring", not_before=START)
    log = claimed()
    log.add_all("d-1", queued(7, content), attempted(7), accepted(7, provider="3EB0"))
    await project(database, log)
    (row,) = rows_of(database, "sends")
    assert row == {
        "partition": 0,
        "request": 7,
        "request_id": "r-7",
        "device_id": "d-1",
        "recipient": "62811",
        "body": {"text": "hi", "media": {"kind": "image", "url": "https://example.org/a.png", "filename": None}},
        "campaign": "spring",
        "not_before": START,
        "expires_at": EXPIRY,
        "state": "accepted",
        "reason": None,
        "until": None,
        "resolution": None,
        "attempts": 1,
        "message_id": message_id(7),
        "provider_message_id": "3EB0",
        "decided_at": at(1),
        "queued_at": at(1),
        "attempted_at": at(2),
        "settled_at": at(3),
        "repeats": 0,
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "failed_at": None,
        "delivery_note": None,
        "position": 3,
    }


@pytest.mark.parametrize(
    ("events", "state", "reason", "until", "settled"),
    [
        ((), "attempting", None, None, False),
        ((of(1, SendReturned, attempt=1, reason="gone", retry_at=LATER),), "waiting", "gone", LATER, False),
        ((of(1, SendDeferred, attempt=1, reason="slow", until=LATER),), "deferred", "slow", LATER, False),
        ((RECONCILING,), "reconciling", "crash", LATER, False),
        ((of(1, SendRejected, attempt=1, reason="blocked"),), "rejected", "blocked", None, True),
        ((UNCERTAIN,), "uncertain", "no answer", None, True),
        ((of(1, SendExpired),), "expired", None, None, True),
        ((of(1, SendCancelled, reason="asked"),), "cancelled", "asked", None, True),
        ((CampaignCancelled(campaign="c", up_to=5, sends=1),), "attempting", None, None, False),
    ],
)
async def test_its_state_says_what_became_of_it(
    database: str, events: tuple[Event, ...], state: str, reason: str | None, until: object, settled: bool
) -> None:
    log = claimed()
    log.add_all("d-1", attempted(1, send=send()), *events)
    await project(database, log)
    expected = (state, reason, until, at(2) if settled else None)
    assert columns(database, "sends", "state", "reason", "until", "settled_at") == [expected]


@pytest.mark.parametrize(
    ("resolution", "state", "settled_at"),
    [("sent", "resolved", at(3)), ("give_up", "resolved", at(3)), ("send_again", "waiting", None)],
)
async def test_an_uncertain_send_is_resolved(database: str, resolution: str, state: str, settled_at: object) -> None:
    log = claimed()
    resolved = of(1, SendResolved, attempt=1, resolution=resolution, by="person", provider_message_id="3EB0")
    log.add_all("d-1", attempted(1, send=send()), UNCERTAIN, resolved)
    await project(database, log)
    expected = (state, resolution, settled_at, "3EB0")
    assert columns(database, "sends", "state", "resolution", "settled_at", "provider_message_id") == [expected]


async def test_its_attempts_are_counted_and_its_repeats_too(database: str) -> None:
    log = claimed()
    returned = of(1, SendReturned, attempt=1, reason="not_started")
    log.add_all("d-1", attempted(1, send=send()), returned, attempted(1, 2))
    log.add("d-1", SendRepeated(request_id="r-1", first=1, settled=False), decides=9)
    await project(database, log)
    assert columns(database, "sends", "attempts", "attempted_at", "repeats") == [(2, at(3), 1)]


async def test_the_first_report_of_each_delivery_status_stays(database: str) -> None:
    log = claimed()
    log.add_all("d-1", attempted(1, send=send()), accepted(1))
    log.add("d-1", DeliveryRecorded(status="delivered", request=1, at=LATER))
    log.add("d-1", DeliveryRecorded(status="delivered", request=1, at=LATER + timedelta(hours=1), note="again"))
    log.add("d-1", DeliveryRecorded(status="read", request=1))
    await project(database, log)
    assert columns(database, "sends", "delivered_at", "read_at", "failed_at", "delivery_note") == [
        (LATER, at(5), None, "again")
    ]


async def test_what_others_of_a_group_have_not_read_yet_takes_nothing_back(database: str) -> None:
    log = claimed()
    log.add_all("d-1", attempted(1, send=send()), accepted(1, provider="3EB1"))
    log.add("d-1", DeliveryRecorded(status="read", provider_message_id="3EB1", by="6281", at=LATER))
    log.add("d-1", DeliveryRecorded(status="delivered", provider_message_id="3EB1", by="6282"))
    await project(database, log)
    assert columns(database, "sends", "read_at", "delivered_at", "state") == [(LATER, at(4), "accepted")]


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize("names", [{"message_id": message_id(2)}, {"provider_message_id": "3EB2"}])
async def test_a_late_report_finds_its_send_by_the_platforms_name(
    database: str, names: dict[str, Any], batch: int
) -> None:
    log = claimed()
    log.add_all("d-1", attempted(1, send=send()), accepted(1, provider="3EB1"))
    log.add_all("d-1", attempted(2, send=send()), accepted(2, provider="3EB2"))
    log.add_all("d-2", attempted(3, send=send()), accepted(3, provider="3EB2"))
    log.add("d-1", DeliveryRecorded(status="read", **names))
    await project(database, log, batch=batch)
    assert columns(database, "sends", "request", "read_at") == [(1, None), (2, at(7)), (3, None)]


async def test_a_text_with_nul_is_stored_without_it(database: str) -> None:
    log = claimed()
    log.add("d-1", attempted(1, send=send("a\x00b\\u0000c")))
    await project(database, log)
    assert columns(database, "sends", "body") == [({"text": "a\ufffdb\\u0000c", "media": None},)]
