from __future__ import annotations

import pytest

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, ready


def repeat(scribe: Scribe, request_id: str, first: int, *, settled: bool, **asked: object) -> None:
    request = scribe.ask_send(request_id, **asked)
    data = {"request_id": request_id, "first": first, "settled": settled}
    scribe.tell("send_repeated", data, decides=request)


def test_repeat_that_is_accepted_while_the_first_waits_is_found() -> None:
    scribe = ready()
    scribe.queue("order")
    scribe.queue("order")
    assert scribe.broken() == {Rule.REPEAT_SENT}


def test_repeat_that_is_accepted_after_the_first_was_sent_is_found() -> None:
    scribe = ready()
    scribe.accept(scribe.send("order"))
    scribe.send("order")
    assert scribe.broken() == {Rule.REPEAT_SENT}


def test_repeat_is_remembered_over_claims_and_removals() -> None:
    scribe = ready(linked=False)
    scribe.accept(scribe.send("order"))
    scribe.claim()
    scribe.remove()
    scribe.register(linked=False)
    scribe.queue("order")
    assert scribe.broken() == {Rule.REPEAT_SENT}


@pytest.mark.parametrize("limit", ["window", "window_in_all"])
def test_repeat_beyond_the_window_is_a_new_send(limit: str) -> None:
    scribe = ready()
    for request_id in ("order", "b", "c"):
        scribe.accept(scribe.send(request_id))
    scribe.queue("order")
    assert (scribe.broken(**{limit: 3}), scribe.broken(**{limit: 2})) == ({Rule.REPEAT_SENT}, set())


def test_repeat_of_a_send_that_never_was_is_found() -> None:
    scribe = ready()
    repeat(scribe, "order", 0, settled=False)
    assert scribe.broken() == {Rule.REPEAT_UNKNOWN}


def test_repeat_that_names_another_send_as_its_first_is_found() -> None:
    scribe = ready()
    scribe.queue("order")
    repeat(scribe, "order", 0, settled=False)
    assert scribe.broken() == {Rule.REPEAT_UNKNOWN}


def test_repeat_that_calls_a_waiting_send_settled_is_found() -> None:
    scribe = ready()
    repeat(scribe, "order", scribe.queue("order"), settled=True)
    assert scribe.broken() == {Rule.REPEAT_UNKNOWN}


def test_other_message_that_is_taken_for_a_repeat_is_found() -> None:
    scribe = ready()
    repeat(scribe, "order", scribe.queue("order"), settled=False, to="+62822")
    assert scribe.broken() == {Rule.REPEAT_CONTENT}


def test_new_send_that_is_refused_as_a_reuse_is_found() -> None:
    scribe = ready()
    request = scribe.ask_send("order")
    scribe.tell("request_refused", {"reason": "request_id_reused", "detail": ""}, decides=request)
    assert scribe.broken() == {Rule.REPEAT_REFUSED}
