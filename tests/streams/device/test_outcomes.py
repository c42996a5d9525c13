"""What each outcome of an attempt makes of the send and its queue (design §5, the table)."""

from __future__ import annotations

import pytest

from schemas.device import outcomes as o
from tests.streams.device.past import (
    accepted,
    attempted,
    connected,
    deferred,
    down,
    parked,
    queued,
    reconciling,
    registered,
    rejected,
    returned,
    started,
    tried_at_once,
    uncertain,
)
from tests.streams.device.spec import NOW, after, ended, nothing, rules

TRYING = nothing.given(registered(), *connected(), tried_at_once(1), queued(2))
PACED = nothing.given(registered(pace_min_s=2, pace_max_s=6), *connected(), tried_at_once(1))
PLATFORM = nothing.given(registered("bare"), tried_at_once(1, link=None), queued(2))
NINE_DEFERRALS = [deferred(1, NOW), *(e for n in range(2, 10) for e in (attempted(1, n), deferred(1, NOW, attempt=n)))]


def test_accepted_ends_the_send_and_the_next_one_goes() -> None:
    TRYING.when(ended("r1", o.Accepted(provider_message_id="p"))).then(accepted(1, provider_message_id="p"))
    TRYING.given(accepted(1)).next().then(attempted(2))


def test_rejected_ends_the_send_and_the_next_one_goes() -> None:
    TRYING.when(ended("r1", o.Rejected(reason="no such number"))).then(rejected(1, "no such number"))
    TRYING.given(rejected(1, "no such number")).next().then(attempted(2))


def test_deferred_goes_back_to_the_head_and_holds_the_queue_until_then() -> None:
    TRYING.when(ended("r1", o.Deferred(until=after(9), reason="slow"))).then(deferred(1, after(9), "slow"))
    held = TRYING.given(deferred(1, after(9), "slow"))
    held.next().then_waits(until=after(9), rests=True)
    held.next(at=after(9)).then(attempted(1, 2))


def test_not_connected_goes_back_to_the_head_and_mends_the_link() -> None:
    TRYING.when(ended("r1", o.NotConnected())).then(returned(1), down(1, reason="not_connected"))
    TRYING.given(returned(1), down(1, reason="not_connected")).next().then(started(2))


def test_after_mending_the_returned_send_goes_first() -> None:
    mended = TRYING.given(returned(1), down(1), *connected(2))
    mended.next().then(attempted(1, 2, link=2))


def test_not_connected_over_an_older_link_says_nothing_of_the_new_one() -> None:
    replaced = TRYING.given(down(1, "unhealthy"), *connected(2))
    replaced.when(ended("r1", o.NotConnected())).then(returned(1))


def test_not_connected_after_the_link_was_told_to_be_down_only_returns_the_send() -> None:
    TRYING.given(down(1)).when(ended("r1", o.NotConnected())).then(returned(1))


def test_a_link_that_never_carries_anything_is_mended_later_and_later() -> None:
    again = TRYING.given(returned(1), down(1), *connected(2), attempted(1, 2, link=2))
    lost = down(2, reason="not_connected", retry_at=after(1))
    again.when(ended("r1", o.NotConnected(), 2)).then(returned(1, 2), lost)
    again.given(returned(1, 2), lost).next().then_waits(until=after(1))


def test_a_platform_device_that_was_not_there_is_tried_again_later_and_never_refreshed() -> None:
    PLATFORM.when(ended("r1", o.NotConnected())).then(returned(1, retry_at=after(0.5)))
    PLATFORM.given(returned(1, retry_at=after(0.5))).next().then_waits(until=after(0.5))


def test_a_platform_device_that_stays_away_is_tried_less_and_less() -> None:
    again = PLATFORM.given(returned(1, retry_at=NOW), attempted(1, 2, link=None))
    again.when(ended("r1", o.NotConnected(), 2)).then(returned(1, 2, retry_at=after(1)))


def test_new_chats_locked_makes_the_send_step_aside() -> None:
    TRYING.when(ended("r1", o.NewChatLocked(until=after(9)))).then(deferred(1, after(9), "new_chat_locked"))


def test_what_never_started_is_tried_again_at_once_and_blames_no_link() -> None:
    TRYING.when(ended("r1", o.NotStarted())).then(returned(1, reason="not_started"))
    TRYING.given(returned(1, reason="not_started")).next().then(attempted(1, 2))


@pytest.mark.parametrize("outcome", [o.Uncertain(reason="timeout"), o.NotFound()])
def test_where_nothing_can_be_found_out_the_send_is_uncertain_and_the_next_one_goes(outcome: o.SendOutcome) -> None:
    reason = getattr(outcome, "reason", "not_found")
    TRYING.when(ended("r1", outcome)).then(uncertain(1, reason))
    TRYING.given(uncertain(1, reason)).next().then(attempted(2))


def test_a_send_that_ends_is_followed_by_the_drawn_pause() -> None:
    PACED.when(ended("r1", o.Accepted()), draw=0.0).then(accepted(1, pace_until=after(2)))
    PACED.when(ended("r1", o.Rejected(reason="no")), draw=0.5).then(rejected(1, "no", pace_until=after(4)))
    PACED.when(ended("r1", o.Uncertain(reason="timeout"))).then(uncertain(1, pace_until=after(4)))


def test_nothing_leaves_in_the_pause() -> None:
    pausing = PACED.given(queued(2), accepted(1, pace_until=after(4)))
    pausing.next().then_waits(until=after(4), rests=False)
    pausing.next(at=after(4)).then(attempted(2))


def test_a_tenth_deferral_is_the_last() -> None:
    tenth = TRYING.given(*NINE_DEFERRALS, attempted(1, 10))
    outcome = o.Deferred(until=after(9), reason="slow")
    tenth.when(ended("r1", outcome, 10)).then(rejected(1, "max_attempts", 10))


def test_a_tenth_meeting_with_the_new_chat_lock_is_the_last() -> None:
    tenth = TRYING.given(*NINE_DEFERRALS, attempted(1, 10))
    tenth.when(ended("r1", o.NewChatLocked(until=after(9)), 10)).then(rejected(1, "max_attempts", 10))


def test_returned_sends_and_markers_do_not_count_as_attempts() -> None:
    back = [e for n in range(2, 30) for e in (attempted(1, n), returned(1, n))]
    tried_often = TRYING.given(returned(1), *back, attempted(1, 30))
    outcome = o.Deferred(until=after(9), reason="slow")
    tried_often.when(ended("r1", outcome, 30)).then(deferred(1, after(9), "slow", 30))


@pytest.mark.parametrize(
    "strange", [ended("r1", o.Accepted(), 2), ended("r2", o.Accepted()), ended("r9", o.Accepted())]
)
def test_an_outcome_that_nobody_awaits_changes_nothing(strange: object) -> None:
    TRYING.when(strange).then()


def test_an_outcome_after_the_send_came_back_changes_nothing() -> None:
    TRYING.given(returned(1)).when(ended("r1", o.Accepted())).then()


def test_a_device_parked_while_it_sends_finds_nothing_out() -> None:
    asked = nothing.given(registered("asked"), *connected(), tried_at_once(1), parked())
    asked.when(ended("r1", o.Uncertain(reason="timeout"))).then(uncertain(1))


def test_an_unknown_outcome_is_asked_for_at_once() -> None:
    asked = nothing.given(registered("asked"), *connected(), tried_at_once(1))
    asked.when(ended("r1", o.Uncertain(reason="timeout"))).then(reconciling(1))


def test_max_attempts_is_a_setting() -> None:
    outcome = o.Deferred(until=after(9), reason="slow")
    TRYING.when(ended("r1", outcome), rules=rules(max_attempts=1)).then(rejected(1, "max_attempts"))
