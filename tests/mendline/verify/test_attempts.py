from __future__ import annotations

import pytest

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import message_id_of, moment, ready


def test_second_attempt_at_a_time_is_found() -> None:
    scribe = ready()
    scribe.send()
    other = scribe.queue()
    scribe.attempt(other)
    assert scribe.broken() == {Rule.ATTEMPT_TWICE}


def test_attempt_of_a_settled_send_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.accept(request)
    scribe.attempt(request, 2)
    assert scribe.broken() == {Rule.ATTEMPT_NOT_WAITING}


def test_attempt_of_a_send_that_nobody_resolved_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.attempt(request, 2)
    assert scribe.broken() == {Rule.ATTEMPT_NOT_WAITING}


def test_new_attempt_without_the_outcome_of_the_last_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.attempt(request, 2)
    assert scribe.broken() == {Rule.ATTEMPT_TWICE, Rule.ATTEMPT_NOT_WAITING}


@pytest.mark.parametrize("number", [1, 3])
def test_attempt_that_is_not_counted_on_is_found(number: int) -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("returned", request)
    scribe.attempt(request, number)
    assert scribe.broken() == {Rule.ATTEMPT_NUMBER}


def test_repeat_that_does_not_count_on_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.reconcile(request, 1, by="repeat")
    assert scribe.broken() == {Rule.ATTEMPT_NUMBER}


@pytest.mark.parametrize("link", [None, 7])
def test_attempt_on_another_link_than_the_live_one_is_found(link: int | None) -> None:
    scribe = ready()
    request = scribe.queue()
    scribe.attempt(request, link=link)
    assert scribe.broken() == {Rule.ATTEMPT_LINK}


def test_attempt_on_a_link_of_an_ended_claim_is_found() -> None:
    scribe = ready()
    request = scribe.queue()
    scribe.claim()
    scribe.attempt(request, link=1)
    assert scribe.broken() == {Rule.ATTEMPT_LINK}


def test_repeat_on_a_link_that_ended_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.disconnect()
    scribe.reconcile(request, 2, by="repeat", link=1)
    assert scribe.broken() == {Rule.ATTEMPT_LINK}


def test_platform_device_sends_without_a_link() -> None:
    scribe = ready(linked=False)
    scribe.accept(scribe.send())
    assert scribe.broken() == set()


def test_attempt_before_not_before_is_found() -> None:
    scribe = ready()
    request = scribe.queue(not_before=moment(60))
    scribe.attempt(request)
    assert scribe.broken() == {Rule.ATTEMPT_EARLY}


def test_attempt_before_its_deferral_ends_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("deferred", request, until=moment(60))
    scribe.attempt(request, 2)
    assert scribe.broken() == {Rule.ATTEMPT_EARLY}


def test_attempt_in_the_pause_after_a_send_is_found() -> None:
    scribe = ready()
    scribe.accept(scribe.send(), pace_until=moment(5))
    scribe.send()
    assert scribe.broken() == {Rule.ATTEMPT_EARLY}


def test_attempt_of_an_expired_send_is_found() -> None:
    scribe = ready()
    request = scribe.queue(expires_at=moment(60))
    scribe.at = 60
    scribe.attempt(request)
    assert scribe.broken() == {Rule.ATTEMPT_LATE}


def test_attempt_of_a_send_of_a_cancelled_campaign_is_found() -> None:
    scribe = ready()
    request = scribe.queue(campaign="spring")
    asked = scribe.ask("send_cancellation_requested", {"campaign": "spring"})
    scribe.tell("campaign_cancelled", {"campaign": "spring", "up_to": asked, "sends": 1}, decides=asked)
    scribe.attempt(request)
    assert scribe.broken() == {Rule.ATTEMPT_CANCELLED}


def test_eleventh_attempt_that_counts_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    for attempt in range(2, 12):
        scribe.outcome("deferred", request, attempt - 1, until=moment(0))
        scribe.attempt(request, attempt)
    assert scribe.broken() == {Rule.ATTEMPT_LIMIT}


def test_attempts_that_were_returned_do_not_count() -> None:
    scribe = ready()
    request = scribe.send()
    for attempt in range(2, 12):
        scribe.outcome("returned", request, attempt - 1)
        scribe.attempt(request, attempt)
    assert scribe.broken() == set()


def test_send_that_changes_its_message_id_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("returned", request)
    scribe.attempt(request, 2, message_id=message_id_of(99))
    assert scribe.broken() == {Rule.ATTEMPT_MESSAGE_ID}


def test_repeat_while_parked_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.park()
    scribe.reconcile(request, 2, by="repeat")
    assert scribe.broken() == {Rule.DEVICE_PARKED}
