"""Cancelling one send, or a campaign; expiring."""

from __future__ import annotations

import pytest

from schemas.device import sends
from schemas.device.requests import SendCancellationRequested
from tests.streams.device.past import (
    accepted,
    attempted,
    cancelled,
    connected,
    deferred,
    expired,
    parked,
    queued,
    reconciling,
    registered,
    returned,
    tried_at_once,
    uncertain,
)
from tests.streams.device.spec import NOW, Claim, after, nothing, rules

READY = nothing.given(registered("asked"), *connected())
TRYING = READY.given(tried_at_once(1, campaign="spring"))
HELD = TRYING.given(deferred(1, after(60)))
ONE = SendCancellationRequested(request_id="r1")
SPRING = SendCancellationRequested(campaign="spring")


def campaign_cancelled(count: int, up_to: int = 90) -> sends.CampaignCancelled:
    return sends.CampaignCancelled(campaign="spring", up_to=up_to, sends=count)


@pytest.mark.parametrize("given", [READY.given(queued(1)), HELD, TRYING.given(returned(1))])
def test_a_send_of_which_nothing_is_under_way_is_cancelled(given: object) -> None:
    given.when(ONE).then(cancelled(1))  # type: ignore[attr-defined]  # a Given


@pytest.mark.parametrize("given", [TRYING, TRYING.given(reconciling(1))])
def test_a_send_that_may_have_left_is_not_cancelled(given: object) -> None:
    given.when(ONE).then_refused("not_waiting", "'r1' is being sent")  # type: ignore[attr-defined]  # a Given


def test_a_send_that_is_over_needs_no_cancelling() -> None:
    TRYING.given(accepted(1)).when(ONE).then_already_done("settled")


def test_an_unknown_send_cannot_be_cancelled() -> None:
    READY.given(queued(2)).when(ONE).then_refused("unknown_send", "'r1'")


@pytest.mark.parametrize(
    "request_", [SendCancellationRequested(), SendCancellationRequested(request_id="a", campaign="b")]
)
def test_either_a_send_or_a_campaign_is_cancelled(request_: SendCancellationRequested) -> None:
    READY.when(request_).then_refused("invalid", "exactly one")


def test_a_cancelled_send_holds_the_queue_no_more() -> None:
    HELD.given(queued(2), cancelled(1)).next().then(attempted(2))


def test_what_waits_of_a_campaign_is_counted_first() -> None:
    given = READY.given(queued(1, campaign="spring"), queued(2), queued(3, campaign="spring"))
    given.when(SPRING).then(campaign_cancelled(2))


def test_the_head_that_is_held_belongs_to_its_campaign_too() -> None:
    HELD.given(queued(2, campaign="spring")).when(SPRING).then(campaign_cancelled(2))


def test_an_attempt_under_way_is_not_counted() -> None:
    TRYING.when(SPRING).then_already_done("nothing of it waits")


def test_what_was_asked_for_after_the_cancellation_is_not_cancelled() -> None:
    given = READY.given(parked(), queued(1, campaign="spring"), campaign_cancelled(1, 5), queued(7, campaign="spring"))
    given.next().then(cancelled(1, "campaign_cancelled"))
    assert given.given(cancelled(1, "campaign_cancelled")).next().types() == ["device_disconnected"]


def test_the_sends_of_a_cancelled_campaign_are_cancelled_next_before_anything_else() -> None:
    given = READY.given(queued(1), queued(2, campaign="spring", expires_at=NOW), campaign_cancelled(1))
    given.next().then(cancelled(2, "campaign_cancelled"))


def test_the_head_of_a_cancelled_campaign_is_cancelled_with_it() -> None:
    given = HELD.given(queued(2), queued(3, campaign="spring"), campaign_cancelled(2))
    given.next().then(cancelled(3, "campaign_cancelled"), cancelled(1, "campaign_cancelled"))


def test_a_campaign_is_cancelled_while_an_attempt_runs() -> None:
    given = TRYING.given(queued(2, campaign="spring"), campaign_cancelled(1))
    given.next().then(cancelled(2, "campaign_cancelled"))


def test_no_decision_is_larger_than_its_limit() -> None:
    given = READY.given(*(queued(n, campaign="spring") for n in range(7)), campaign_cancelled(7))
    assert len(given.next(rules=rules(decision_events=3)).events()) == 3


def test_a_cancellation_goes_on_after_a_claim() -> None:
    given = READY.given(queued(1, campaign="spring"), queued(2, campaign="spring"), campaign_cancelled(2))
    claimed = given.given(cancelled(1, "campaign_cancelled"), Claim())
    claimed.next().then(cancelled(2, "campaign_cancelled"))
    assert claimed.given(cancelled(2, "campaign_cancelled")).next().found.rests  # type: ignore[union-attr]  # a Wait


def test_a_campaign_may_be_cancelled_twice() -> None:
    given = READY.given(*(queued(n, campaign="spring") for n in (1, 2)), campaign_cancelled(2), campaign_cancelled(2))
    done = given.given(cancelled(1, "campaign_cancelled"), cancelled(2, "campaign_cancelled"), queued(3))
    done.next().then(attempted(3))


def test_a_send_of_a_cancelled_campaign_may_be_taken_back_otherwise_meanwhile() -> None:
    given = READY.given(queued(1, campaign="spring"), campaign_cancelled(1), cancelled(1), queued(2))
    given.next().then(attempted(2))


def test_a_waiting_send_expires() -> None:
    given = READY.given(parked(), queued(1, expires_at=after(5)), queued(2, expires_at=after(9)))
    given.next(at=after(5)).then(expired(1))
    given.next(at=after(9)).then(expired(1), expired(2))


def test_a_held_send_expires_before_it_is_tried_again() -> None:
    given = READY.given(tried_at_once(1, expires_at=after(5)), deferred(1, after(60)), queued(2))
    given.next().then_waits(until=after(5))
    given.next(at=after(5)).then(expired(1))
    given.given(expired(1)).next(at=after(5)).then(attempted(2))


def test_a_returned_send_expires_at_the_latest_when_its_turn_comes() -> None:
    given = READY.given(tried_at_once(1, expires_at=after(5)), returned(1))
    given.next(at=after(5)).then(expired(1))


def test_sends_behind_a_running_attempt_expire_in_time() -> None:
    given = TRYING.given(queued(2, expires_at=after(5)))
    given.next().then_waits(until=after(5))
    given.next(at=after(5)).then(expired(2))


def test_the_sooner_expiry_of_head_and_queue_is_waited_for() -> None:
    given = READY.given(tried_at_once(1, expires_at=after(5)), deferred(1, after(60)), queued(2, expires_at=after(3)))
    given.next().then_waits(until=after(3))


def test_an_expiry_by_the_hundred_is_cut_into_decisions() -> None:
    given = READY.given(*(queued(n, expires_at=after(1)) for n in range(7)))
    assert given.next(at=after(1), rules=rules(decision_events=3)).types() == ["send_expired"] * 3


def test_an_uncertain_send_neither_expires_nor_is_cancelled() -> None:
    given = READY.given(tried_at_once(1, campaign="spring", expires_at=after(5)), uncertain(1))
    given.next(at=after(5)).then_waits(until=None)
    given.when(SPRING).then_already_done("nothing of it waits")
    given.when(ONE).then_already_done("settled")
