from __future__ import annotations

import pytest

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, moment, ready


def doubtful(*, repeat: bool = False) -> tuple[Scribe, int]:
    """A send whose first attempt may have left."""
    scribe = ready()
    request = scribe.send()
    scribe.reconcile(request, 1 + repeat, by="repeat" if repeat else "ask")
    return scribe, request


@pytest.mark.parametrize("what", ["accepted", "rejected", "returned", "deferred", "reconciling", "uncertain"])
def test_outcome_without_an_attempt_is_found(what: str) -> None:
    scribe = ready()
    request = scribe.queue()
    scribe.outcome(what, request, by="ask", link=None, message_id="")
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_second_outcome_of_an_attempt_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.accept(request)
    scribe.accept(request)
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_outcome_of_another_attempt_is_found() -> None:
    scribe = ready()
    scribe.accept(scribe.send(), 2)
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_ask_about_another_attempt_is_found() -> None:
    scribe = ready()
    scribe.reconcile(scribe.send(), 2)
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_late_outcome_of_the_doubtful_attempt_is_taken() -> None:
    scribe, request = doubtful(repeat=True)
    scribe.accept(request, 1)
    assert scribe.broken() == set()


@pytest.mark.parametrize("what", ["returned", "deferred"])
def test_doubtful_send_that_is_taken_for_not_sent_is_found(what: str) -> None:
    scribe, request = doubtful()
    scribe.outcome(what, request, until=moment(0))
    assert scribe.broken() == {Rule.OUTCOME_FORGOTTEN}


@pytest.mark.parametrize("resolution", ["send_again", "not_sent"])
def test_word_about_a_repeat_does_not_resolve_the_attempt_before(resolution: str) -> None:
    scribe, request = doubtful(repeat=True)
    scribe.outcome("uncertain", request, 2)
    scribe.resolve(request, resolution, by="outcome", attempt=2)
    assert scribe.broken() == {Rule.OUTCOME_FORGOTTEN}


def test_late_outcome_resolves_an_uncertain_send() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.resolve(request, "not_sent", by="outcome")
    assert scribe.broken() == set()


@pytest.mark.parametrize(("resolution", "by"), [("give_up", "outcome"), ("rejected", "person")])
def test_resolution_that_its_author_cannot_make_is_found(resolution: str, by: str) -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.resolve(request, resolution, by)
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_resolution_of_an_attempt_that_never_was_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.resolve(request, "sent", by="outcome", attempt=2)
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_resolution_of_a_send_that_is_not_uncertain_is_found() -> None:
    scribe = ready()
    scribe.resolve(scribe.queue(), "sent")
    assert scribe.broken() == {Rule.OUTCOME_UNMATCHED}


def test_end_of_reconciling_that_moves_is_found() -> None:
    scribe, request = doubtful()
    scribe.claim()
    scribe.reconcile(request, until=moment(61))
    assert scribe.broken() == {Rule.RECONCILING_UNTIL}


def test_expiry_before_its_time_is_found() -> None:
    scribe = ready()
    request = scribe.queue(expires_at=moment(60))
    scribe.tell("send_expired", scribe.of(request))
    assert scribe.broken() == {Rule.EXPIRY_EARLY}


def test_expiry_of_a_send_under_way_is_found() -> None:
    scribe = ready()
    request = scribe.send(expires_at=moment(60))
    scribe.at = 60
    scribe.tell("send_expired", scribe.of(request))
    assert scribe.broken() == {Rule.ENDED_NOT_WAITING}


def test_cancellation_of_a_send_under_way_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    asked = scribe.ask("send_cancellation_requested", {"request_id": "r1"})
    scribe.tell("send_cancelled", scribe.of(request) | {"reason": "asked"}, decides=asked)
    assert scribe.broken() == {Rule.ENDED_NOT_WAITING}


@pytest.mark.parametrize("reason", ["campaign_cancelled", "device_removed"])
def test_cancellation_without_its_reason_is_found(reason: str) -> None:
    scribe = ready()
    request = scribe.queue(campaign="spring")
    scribe.tell("send_cancelled", scribe.of(request) | {"reason": reason})
    assert scribe.broken() == {Rule.ENDED_NOT_WAITING}


def test_send_that_came_back_too_often_is_rejected() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("deferred", request, until=moment(0))
    scribe.outcome("rejected", request, reason="max_attempts")
    assert scribe.broken() == set()


def test_send_that_is_left_open_is_found_in_a_settled_log() -> None:
    scribe = ready()
    scribe.send()
    assert scribe.broken(settled=True) == {Rule.UNSETTLED}
