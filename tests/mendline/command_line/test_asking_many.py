"""Asking for many at once, only looking at what would be asked, and what is asked before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson
import psycopg
import pytest

from mendline.command_line.fates import code_of_fate
from projections.migrations import migrate
from schemas.device.body import Body
from schemas.device.lifecycle import DeviceChanged, DeviceRemoved
from schemas.device.requests import SendCancellationRequested, SendRequested, SendResolutionRequested
from schemas.device.sends import SendCancelled, SendResolved
from schemas.message import Event, Request, RequestAlreadyDone, RequestRefused
from schemas.topics import Topics
from tests.mendline.command_line.conftest import Decide, Run
from tests.mendline.command_line.test_asking import _published as published

AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
SEND = """
INSERT INTO sends (partition, request, request_id, device_id, recipient, body, expires_at, state, attempts,
                   decided_at, repeats, position)
VALUES (0, %s, %s, %s, '+62', '{}', now(), 'waiting', 0, %s, 0, 7)
"""


@pytest.fixture
def sent(asking: Run, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command where order-1 was sent on d-1, and order-2 on d-1 and d-2."""
    asyncio.run(migrate(postgres))
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    with psycopg.connect(postgres) as connection:
        for request, (request_id, device_id) in enumerate([("order-1", "d-1"), ("order-2", "d-1"), ("order-2", "d-2")]):
            connection.execute(SEND, [request, request_id, device_id, AT.replace(minute=request)])
    return asking


async def test_a_device_is_changed_in_what_is_given(
    asking: Run, decide: Decide, kafka: str, kafka_topics: Topics
) -> None:
    decided = decide("d-1", DeviceChanged(name="Till", credential=None, pace_min_s=90, pace_max_s=90))
    result = await asyncio.to_thread(asking, "device", "change", "d-1", "--name", "Till", "--pace-min", "1m30s")
    decided.result()
    asked = await published(kafka, kafka_topics)
    assert (result.exit_code, asked.type) == (0, "device_change_requested")
    assert asked.data == {"name": "Till", "credential": None, "pace_min_s": 90.0, "pace_max_s": None, "edition": None}


def test_what_is_asked_of_many_is_answered_in_rows(asking: Run) -> None:
    result = asking("device", "park", "d-1", "d-2", "d-1", "--no-wait", "-o", "jsonl")
    assert [orjson.loads(line)["device_id"] for line in result.stdout.splitlines()] == ["d-1", "d-2"]


def test_ids_come_from_stdin_and_go_on_to_stdout(asking: Run) -> None:
    result = asking("refresh", "-", "-o", "ids", stdin="d-1\n\n d-2\n")
    assert (result.exit_code, result.stdout) == (0, "d-1\nd-2\n")


def test_one_id_from_stdin_is_answered_as_many_are(asking: Run) -> None:
    assert len(orjson.loads(asking("refresh", "-", "-o", "json", stdin="d-1").stdout)) == 1


def test_no_id_from_stdin_is_nothing_to_do(run: Run) -> None:
    result = run("device", "remove", "-", "-o", "json")
    assert (result.exit_code, orjson.loads(result.stdout)) == (0, [])
    assert "nothing to do" in result.stderr


def test_a_line_that_is_no_id_is_told_by_its_number(run: Run) -> None:
    result = run("refresh", "-", stdin="d-1\ntwo words\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "stdin, line 2: 'two words' is no id" in result.stderr


def test_of_many_those_without_an_answer_are_told(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", RequestAlreadyDone(reason="healthy"))
    result = asking("refresh", "d-1", "d-2", "--wait", "--timeout", "2s", "-o", "json")
    decided.result()
    assert [row["outcome"] for row in orjson.loads(result.stdout)] == ["request_already_done", None]
    assert (result.exit_code, "was not decided within 2 s" in result.stderr) == (6, True)


def test_a_dry_run_asks_for_nothing(run: Run) -> None:
    result = run("device", "park", "d-1", "--reason", "closed", "--dry-run", "-o", "json")
    assert orjson.loads(result.stdout) == {
        "device_id": "d-1",
        "send": None,
        "type": "device_park_requested",
        "data": {"reason": "closed"},
    }


def test_a_removal_is_not_done_where_nobody_can_be_asked(sent: Run) -> None:
    result = sent("device", "remove", "d-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Remove d-1, and cancel the 0 sends that wait there?" in result.stderr


def test_a_removal_that_is_agreed_to_is_done_when_it_is_decided(asking: Run, decide: Decide) -> None:
    decided = decide("d-1", DeviceRemoved(waiting=0))
    result = asking("device", "remove", "d-1", "--yes")
    decided.result()
    assert result.exit_code == 0


async def test_a_send_is_cancelled_on_the_device_that_it_is_on(sent: Run, kafka: str, kafka_topics: Topics) -> None:
    result = await asyncio.to_thread(sent, "send", "cancel", "order-1", "--yes", "--no-wait", "-o", "ids")
    asked = await published(kafka, kafka_topics)
    assert (result.stdout, asked.type) == ("order-1\n", "send_cancellation_requested")
    assert asked.data == {"request_id": "order-1", "campaign": None}


def test_a_send_that_is_on_two_devices_has_to_be_told_apart(sent: Run) -> None:
    result = sent("send", "cancel", "order-2", "--yes")
    assert (result.exit_code, "order-2 was sent on d-1 and d-2: --device says" in result.stderr) == (2, True)


def test_a_send_that_nobody_knows_is_not_found(sent: Run) -> None:
    result = sent("send", "resolve", "order-3", "--as", "sent", "--yes")
    assert (result.exit_code, "no send is called order-3" in result.stderr) == (4, True)


def test_a_send_whose_device_is_known_needs_no_read_model(asking: Run) -> None:
    result = asking("send", "resolve", "order-1", "--as", "give_up", "--device", "d-1", "--yes", "--no-wait")
    assert result.exit_code == 0


def test_giving_up_a_send_is_asked_in_words(run: Run) -> None:
    result = run("send", "resolve", "order-1", "--as", "give_up")
    assert (result.exit_code, "Give order-1 up, although it may not have left?" in result.stderr) == (2, True)


def test_sends_are_listed_newest_first(sent: Run) -> None:
    rows = orjson.loads(sent("send", "list", "--device", "d-1", "-o", "json").stdout)
    assert [(row["request_id"], row["body"]) for row in rows] == [("order-2", {}), ("order-1", {})]


def test_sends_are_listed_by_the_time_of_their_fates(sent: Run) -> None:
    ids = sent("send", "list", "--during", "2026-11-23T04:00:30Z..2026-11-23T04:01:30Z", "-o", "ids").stdout
    assert ids == "order-2\n"


def test_sends_of_one_id_are_all_shown(sent: Run) -> None:
    rows = orjson.loads(sent("send", "show", "order-2", "-o", "json").stdout)
    assert [row["device_id"] for row in rows] == ["d-2", "d-1"]


def test_a_send_that_is_missing_is_told_beside_those_that_are_there(sent: Run) -> None:
    result = sent("send", "show", "order-1", "order-9", "-o", "ids")
    assert (result.exit_code, result.stdout, "order-9" in result.stderr) == (4, "order-1\n", True)


def test_a_command_that_is_misspelt_is_not_taken_for_a_device(run: Run) -> None:
    result = run("send", "cancle", "order-1")
    assert (result.exit_code, "Did you mean 'mendline send cancel'?" in result.stderr) == (2, True)


def test_the_help_of_send_has_its_options_and_its_commands(run: Run) -> None:
    help_ = run("send", "--help").stdout
    assert ("--not-before" in help_, "resolve" in help_) == (True, True)


def test_a_device_that_is_called_like_a_command_can_be_sent_through(run: Run) -> None:
    result = run("send", "text", "list", "+62", "hi", "--dry-run", "-o", "json")
    assert orjson.loads(result.stdout)["device_id"] == "list"


CANCEL = SendCancellationRequested(request_id="order-1")
RESOLVE = SendResolutionRequested(request_id="order-1", resolution="give_up")


@pytest.mark.parametrize(
    ("request_", "events", "code"),
    [
        (CANCEL, [SendCancelled(request=0, request_id="order-1", reason="asked")], 0),
        (CANCEL, [RequestAlreadyDone(reason="settled")], 1),
        (CANCEL, [RequestRefused(reason="not_waiting", detail="")], 1),
        (CANCEL, [RequestRefused(reason="unknown_send", detail="")], 4),
        (RESOLVE, [SendResolved(request=0, request_id="order-1", attempt=1, resolution="give_up", by="person")], 0),
        (SendRequested(to="+62", body=Body(text="hi")), [RequestAlreadyDone(reason="x")], 0),
        (RESOLVE, [], 0),
    ],
)
def test_a_fate_is_what_was_wished_or_not(request_: Request, events: list[Event], code: int) -> None:
    assert code_of_fate(request_, events) == code
