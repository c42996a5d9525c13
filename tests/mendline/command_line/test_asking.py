"""Commands that ask for something, on a real Kafka, with an owner that decides by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson

from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.lifecycle import DeviceParked, DeviceRegistered
from schemas.device.links import RefreshFailed, RefreshStarted, RefreshSucceeded
from schemas.device.sends import Send, SendAccepted, SendAttempted, SendQueued, SendRejected
from schemas.envelope import RequestEnvelope, decode_request
from schemas.message import PartitionReleased, RequestAlreadyDone, RequestRefused
from schemas.partitioner import partition_of
from schemas.topics import Topics
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient
from tests.mendline.command_line.conftest import Decide, Run

SEND = Send(to="+62", body=Body(text="hi"), expires_at=datetime(2027, 1, 1, tzinfo=UTC), digest="0" * 16)
QUEUED = SendQueued(request=0, request_id="r", send=SEND, reason="busy")
ATTEMPTED = SendAttempted(request=0, request_id="r", attempt=1, message_id="0" * 32)
ACCEPTED = SendAccepted(request=0, request_id="r", attempt=1, provider_message_id="P1")
REGISTERED = DeviceRegistered(driver="simulated", linked=True)


async def _published(kafka: str, topics: Topics, device_id: str = "d-1") -> RequestEnvelope:
    reader = TopicClient(Cluster(kafka), topics.requests())
    records, _ = decoded(await reader.fetch(partition_of(device_id.encode(), 8), 0), "")
    await reader.close()
    return decode_request(records[0].value)


def test_a_send_is_answered_with_its_position(asking: Run, kafka_topics: Topics) -> None:
    result = asking("send", "d-1", "+62", "hi", "--request-id", "order-1", "-o", "json")
    assert result.exit_code == 0
    assert orjson.loads(result.stdout) == {
        "request_id": "order-1",
        "device_id": "d-1",
        "send": "order-1",
        "topic": kafka_topics.requests(),
        "partition": partition_of(b"d-1", 8),
        "offset": 0,
        "outcome": None,
        "events": [],
    }


async def test_a_send_carries_what_was_asked(asking: Run, kafka: str, kafka_topics: Topics) -> None:
    options = ["--campaign", "spring", "--not-before", "2026-11-23T15:30+07:00", "--expires-in", "1.5h"]
    await asyncio.to_thread(asking, "send", "d-1", "+62", "hi", *options)
    asked = await _published(kafka, kafka_topics)
    assert (asked.type, asked.source) == ("send_requested", "mendline-command-line")
    assert str(asked.context.actor).startswith("user:")
    assert asked.data["not_before"] == "2026-11-23T08:30:00+00:00"
    assert datetime.fromisoformat(asked.data["expires_at"]) > datetime.now(UTC)


async def test_a_text_can_come_from_stdin(asking: Run, kafka: str, kafka_topics: Topics) -> None:
    await asyncio.to_thread(asking, "send", "d-1", "+62", "-", stdin="from\nelsewhere")
    assert (await _published(kafka, kafka_topics)).data["body"]["text"] == "from\nelsewhere"


def test_a_send_that_is_waited_for_is_followed_until_it_has_left(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", QUEUED, ATTEMPTED, ACCEPTED)
    result = asking("send", "d-1", "+62", "hi", "--wait")
    decided.result()
    assert result.exit_code == 0
    assert "outcome     send_accepted attempt=1 provider_message_id=P1" in result.stdout
    assert "send_queued reason=busy" in result.stderr


def test_a_message_is_never_printed_where_it_could_be_read(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", QUEUED, ACCEPTED)
    result = asking("send", "d-1", "+62", "secret-words", "--wait")
    decided.result()
    assert "secret-words" not in result.output


def test_a_send_that_is_rejected_fails(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", ATTEMPTED, SendRejected(request=0, request_id="r", attempt=1, reason="no such number"))
    result = asking("send", "d-1", "+62", "hi", "--wait", "-o", "jsonl")
    decided.result()
    assert result.exit_code == 1
    assert [e["type"] for e in orjson.loads(result.stdout)["events"]] == ["send_attempted", "send_rejected"]


def test_an_unknown_device_is_not_found(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RequestRefused(reason="unknown_device", detail="d-1 is not registered: add it first"))
    result = asking("send", "d-1", "+62", "hi", "--wait")
    decided.result()
    assert result.exit_code == 4
    assert "add it first" in result.stdout


def test_what_is_never_decided_ends_the_wait(asking: Run) -> None:
    result = asking("send", "d-1", "+62", "hi", "--wait", "--timeout", "0.2")
    assert (result.exit_code, result.stdout) == (6, "")
    assert "was not decided within 0.2 s: is a worker running?" in result.stderr


def test_a_refresh_is_followed_to_its_success(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RefreshStarted(refresh=1, why="requested"), RefreshSucceeded(refresh=1))
    result = asking("refresh", "d-1", "--wait")
    decided.result()
    assert (result.exit_code, "refresh_succeeded refresh=1" in result.stdout) == (0, True)


def test_a_healthy_device_is_left_alone(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RequestAlreadyDone(reason="healthy"))
    result = asking("refresh", "d-1", "--wait")
    decided.result()
    assert (result.exit_code, "request_already_done reason=healthy" in result.stdout) == (0, True)


def test_a_refresh_that_fails_fails(asking: Run, decide: Decide) -> None:
    failed = RefreshFailed(refresh=1, outcome="banned", reason="banned")
    decided = decide("d-1", RefreshStarted(refresh=1, why="requested"), failed)
    result = asking("refresh", "d-1", "--wait")
    decided.result()
    assert result.exit_code == 1


def test_a_refresh_that_a_handover_ends_says_so(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RefreshStarted(refresh=1, why="requested"), PartitionReleased())
    result = asking("refresh", "d-1", "--wait")
    decided.result()
    assert (result.exit_code, "changed hands" in result.stderr) == (1, True)


async def test_a_device_is_added_with_what_was_given(
    asking: Run, decide: Decide, kafka: str, kafka_topics: Topics
) -> None:
    decided = decide("d-1", REGISTERED)
    result = await asyncio.to_thread(
        asking, "device", "add", "d-1", "--driver", "simulated", "--name", "Counter", "--pace-min", "2"
    )
    decided.result()
    assert (result.exit_code, "device_registered driver=simulated" in result.stdout) == (0, True)
    assert (await _published(kafka, kafka_topics)).data == {
        "driver": "simulated",
        "name": "Counter",
        "credential": None,
        "pace_min_s": 2.0,
        "pace_max_s": 2.0,
    }


async def test_a_device_is_parked_with_a_reason_for_whoever_looks_later(
    asking: Run, decide: Decide, kafka: str, kafka_topics: Topics
) -> None:
    decided = decide("d-1", DeviceParked(reason="closed", by="person"))
    result = await asyncio.to_thread(asking, "device", "park", "d-1", "--reason", "closed")
    decided.result()
    asked = await _published(kafka, kafka_topics)
    assert (result.exit_code, asked.data["reason"], asked.context.reason) == (0, "closed", "closed")


def test_nobody_has_to_wait_for_a_device_command(asking: Run) -> None:
    assert asking("device", "resume", "d-1", "--no-wait").exit_code == 0


def test_words_from_the_log_cannot_steer_a_terminal(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RequestRefused(reason="parked", detail="\x1b[2Jgone"))
    result = asking("refresh", "d-1", "--wait")
    decided.result()
    assert "\x1b" not in result.output
