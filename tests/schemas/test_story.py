"""Which events of a partition belong to the story of one request, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from schemas.device.body import Body
from schemas.device.lifecycle import (
    DevicePaired,
    DevicePairingClaimStarted,
    DevicePairingStarted,
    DeviceParked,
    DeviceRemoved,
    DeviceResumed,
)
from schemas.device.links import RefreshFailed, RefreshJoined, RefreshStarted, RefreshSucceeded
from schemas.device.sends import (
    Send,
    SendAccepted,
    SendAttempted,
    SendCancelled,
    SendExpired,
    SendQueued,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from schemas.envelope import NO_CONTEXT, EventEnvelope
from schemas.message import Event, PartitionClaimed, PartitionReleased, RequestAlreadyDone, RequestRefused
from schemas.story import Story

R = 41
SEND = Send(to="+62", body=Body(text="x"), expires_at=datetime(2027, 1, 1, tzinfo=UTC), digest="0" * 16)
QUEUED = SendQueued(request=R, request_id="r", send=SEND, reason="refreshing", refresh=5)
ATTEMPTED = SendAttempted(request=R, request_id="r", attempt=1, message_id="0" * 32)
ACCEPTED = SendAccepted(request=R, request_id="r", attempt=1)
UNCERTAIN = SendUncertain(request=R, request_id="r", attempt=1, reason="lost")
RETURNED = SendReturned(request=R, request_id="r", attempt=1, reason="not_connected")
MARKER = PartitionClaimed(generation=2, claim="0" * 16, owner="w", schema_level=1, partitions=8, installation="x")
UNREACHABLE = RefreshFailed(refresh=5, outcome="unreachable", reason="timed out")


def _resolved(resolution: str) -> SendResolved:
    return SendResolved(request=R, request_id="r", attempt=1, resolution=resolution, by="person")  # type: ignore[arg-type]


def _story(fate: Event, *later: Event | tuple[str, Event]) -> tuple[list[Event], bool]:
    """What is told of request 41 of d-1, and whether the story has ended; (device, event): of another device."""
    story, told = Story("d-1", R), []
    for event in (fate, *later):
        device, happened = event if isinstance(event, tuple) else ("d-1", event)
        envelope = EventEnvelope(happened.type, device, "", "", 0, None, "", {}, NO_CONTEXT)
        decided = EventEnvelope(happened.type, device, "", "", 0, R, "", {}, NO_CONTEXT)
        told += [happened] if story.tells(decided if happened is fate else envelope, happened) else []
    return told, story.ended


def test_a_send_is_followed_from_its_queue_over_the_mending_to_its_end() -> None:
    way = [QUEUED, RefreshStarted(refresh=5, why="send"), RefreshSucceeded(refresh=5), ATTEMPTED, ACCEPTED]
    assert _story(*way) == (way, True)


@pytest.mark.parametrize("last", [QUEUED, ATTEMPTED, RETURNED, UNREACHABLE, MARKER, _resolved("send_again")])
def test_a_send_that_goes_on_has_not_ended(last: Event) -> None:
    assert _story(QUEUED, ATTEMPTED, last)[1] is False


@pytest.mark.parametrize(
    "last",
    [
        ACCEPTED,
        UNCERTAIN,
        SendRejected(request=R, request_id="r", attempt=1, reason="no"),
        SendExpired(request=R, request_id="r"),
        SendCancelled(request=R, request_id="r", reason="asked"),
        _resolved("sent"),
    ],
)
def test_a_send_ends_once(last: Event) -> None:
    assert _story(ATTEMPTED, last, DeviceResumed(why="asked")) == ([ATTEMPTED, last], True)


def test_other_sends_and_devices_are_other_stories() -> None:
    other = SendAccepted(request=42, request_id="s", attempt=1)
    assert _story(QUEUED, other, ("d-2", ACCEPTED)) == ([QUEUED], False)


def test_whoever_waits_for_a_send_is_told_that_its_device_parks() -> None:
    parked = DeviceParked(reason="needs_pairing", by="device")
    assert _story(QUEUED, parked) == ([QUEUED, parked], False)


def test_nothing_before_the_fate_is_told() -> None:
    story = Story("d-1", R)
    envelope = EventEnvelope("send_accepted", "d-1", "", "", 0, None, "", {}, NO_CONTEXT)
    assert story.tells(envelope, ACCEPTED) is False


def test_a_repeat_follows_the_first_send() -> None:
    repeated = SendRepeated(request_id="r", first=7, settled=False)
    accepted = SendAccepted(request=7, request_id="r", attempt=1)
    assert _story(repeated, ACCEPTED, accepted) == ([repeated, accepted], True)


@pytest.mark.parametrize(
    "fate",
    [
        SendRepeated(request_id="r", first=7, settled=True),
        RequestRefused(reason="unknown_device", detail=""),
        RequestAlreadyDone(reason="healthy"),
        DeviceRemoved(waiting=0),
        _resolved("give_up"),
    ],
)
def test_most_requests_end_with_their_fate(fate: Event) -> None:
    assert _story(fate, ACCEPTED) == ([fate], True)


@pytest.mark.parametrize("fate", [RefreshStarted(refresh=5, why="requested"), RefreshJoined(refresh=5)])
@pytest.mark.parametrize(
    "last", [RefreshSucceeded(refresh=5), UNREACHABLE, MARKER, PartitionReleased(), DeviceRemoved(waiting=0)]
)
def test_a_refresh_is_followed_to_its_end(fate: Event, last: Event) -> None:
    assert _story(fate, RefreshSucceeded(refresh=4), last) == ([fate, last], True)


def test_a_removed_device_tells_who_waits_for_a_send_before_it_is_cancelled() -> None:
    removed, cancelled = DeviceRemoved(waiting=1), SendCancelled(request=R, request_id="r", reason="device_removed")
    assert _story(QUEUED, removed, cancelled) == ([QUEUED, removed, cancelled], True)


def test_the_events_behind_the_fate_in_its_batch_belong_to_the_story() -> None:
    started: Sequence[Event] = [RefreshStarted(refresh=5, why="send")]
    assert _story(QUEUED, *started)[0] == [QUEUED, *started]


def test_a_pairing_is_followed_to_its_end_over_claims() -> None:
    """The envelopes of these stories say that everything lies at offset 0."""
    answered = DevicePairingClaimStarted(jid="j", value="0" * 64, pairing=0)
    way = [DevicePairingStarted(method="qr"), answered, DevicePaired(jid="j", pairing=0)]
    other = DevicePaired(jid="j", pairing=9)
    assert _story(way[0], MARKER, other, *way[1:]) == (way, True)
