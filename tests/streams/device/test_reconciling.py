"""An attempt whose outcome is not known: asked for, or repeated where repeats are dropped, or left uncertain."""

from __future__ import annotations

import pytest

from schemas.device import outcomes as o
from tests.streams.device.past import (
    TOMORROW,
    accepted,
    attempted,
    cancelled,
    connected,
    deferred,
    down,
    failed,
    in_line,
    parked,
    queued,
    reconciling,
    registered,
    rejected,
    removed,
    resumed,
    returned,
    started,
    tried_at_once,
    uncertain,
    up,
)
from tests.streams.device.spec import EARLIER, NOW, Claim, after, ended, nothing, rules

ASKING = nothing.given(registered("asked"), *connected(), tried_at_once(1), queued(2), reconciling(1))
REPEATING = nothing.given(registered("repeating"), *connected(), tried_at_once(1), queued(2))
ORPHAN = nothing.given(registered("asked"), *connected(), tried_at_once(1), queued(2), Claim())
LOST = "owner_lost"


def test_a_doubt_is_repeated_under_the_same_message_id_where_repeats_are_dropped() -> None:
    REPEATING.when(ended("r1", o.Uncertain(reason="timeout"))).then(reconciling(1, "repeat", 2))


def test_an_ask_is_no_attempt_of_its_own() -> None:
    ASKING.next(at=after(3)).then(reconciling(1, "ask", 1, again_at=after(6)))


def test_the_queue_is_held_while_an_outcome_is_found_out() -> None:
    ASKING.next(running=True).then_waits(until=after(60))
    ASKING.next().then_waits(until=after(3))


def test_the_next_ask_comes_at_a_drawn_time() -> None:
    ASKING.next(at=after(3), draw=0.0).then(reconciling(1, again_at=after(4)))


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        (o.Accepted(provider_message_id="p"), accepted(1, provider_message_id="p")),
        (o.Rejected(reason="no"), rejected(1, "no")),
    ],
)
def test_a_clear_answer_settles_the_send(outcome: o.SendOutcome, event: object) -> None:
    ASKING.when(ended("r1", outcome)).then(event)  # type: ignore[arg-type]  # an event


@pytest.mark.parametrize(
    "outcome",
    [
        o.NotFound(),
        o.Uncertain(reason="timeout"),
        o.Deferred(until=after(5), reason="slow"),
        o.NewChatLocked(until=after(5)),
        o.NotStarted(),
    ],
)
def test_anything_less_is_never_read_as_not_sent(outcome: o.SendOutcome) -> None:
    ASKING.when(ended("r1", outcome)).then()


def test_an_ask_that_finds_no_link_mends_it_and_asks_again() -> None:
    ASKING.when(ended("r1", o.NotConnected())).then(down(1, reason="not_connected"))
    linkless = ASKING.given(down(1))
    linkless.next(at=after(3)).then(started(2, "reconcile"))
    linkless.given(*connected(2)).next(at=after(3)).then(reconciling(1, link=2, again_at=after(6)))


def test_an_ask_that_found_an_older_link_gone_says_nothing_of_the_new_one() -> None:
    ASKING.given(down(1), *connected(2)).when(ended("r1", o.NotConnected())).then()


def test_an_ask_over_an_unhealthy_link_mends_it_first() -> None:
    ASKING.next(at=after(3), healthy=False).then(down(1, "unhealthy"), started(2, "reconcile"))


@pytest.mark.parametrize("refresh", [started(2), in_line(2)])
def test_an_ask_waits_for_the_refresh_under_way(refresh: object) -> None:
    waiting = ASKING.given(down(1), refresh)  # type: ignore[arg-type]  # an event
    waiting.next(at=after(3), link_budget=False).then_waits(
        until=after(60), budget="links" if refresh == in_line(2) else None
    )


def test_a_refresh_in_line_starts_for_an_ask_too() -> None:
    ASKING.given(down(1), in_line(2)).next(at=after(3)).then(started(2))


def test_an_ask_waits_for_the_back_off_and_no_longer_than_its_end() -> None:
    ASKING.given(down(1), failed(2, retry_at=after(20))).next(at=after(3)).then_waits(until=after(20))
    ASKING.given(down(1), failed(2, retry_at=after(90))).next(at=after(3)).then_waits(until=after(60))


def test_an_ask_waits_for_budget() -> None:
    ASKING.next(at=after(3), send_budget=False).then_waits(until=after(60), budget="sends")


def test_a_platform_is_asked_without_a_link() -> None:
    device = nothing.given(registered("platform"), tried_at_once(1, link=None), reconciling(1, link=None))
    device.next(at=after(3)).then(reconciling(1, link=None, again_at=after(6)))


def test_after_a_minute_the_send_is_uncertain_even_if_an_ask_still_runs() -> None:
    ASKING.next(at=after(60), running=True).then(uncertain(1))


def test_the_minute_survives_claims() -> None:
    claimed = ASKING.given(Claim(), up(1, "kept"))
    claimed.next(at=after(3)).then(reconciling(1, again_at=after(6)))
    claimed.next(at=after(60)).then(uncertain(1))


def test_each_ask_and_repeat_keeps_the_end_that_was_set_once() -> None:
    twice = ASKING.given(reconciling(1, again_at=after(59)))
    (event,) = twice.next(at=after(59)).events()
    assert event.until == after(60)


def test_what_is_being_found_out_does_not_expire() -> None:
    short = nothing.given(registered("asked"), *connected(), tried_at_once(1, expires_at=after(5)), reconciling(1))
    short.next(at=after(10)).then(reconciling(1, again_at=after(13)))


def test_those_behind_a_doubt_expire_in_time() -> None:
    behind = ASKING.given(queued(3, expires_at=after(1)))
    behind.next().then_waits(until=after(1))
    assert behind.next(at=after(1)).types() == ["send_expired"]


def test_a_repeat_counts_as_an_attempt_and_the_last_one_leaves_doubt() -> None:
    repeat = reconciling(1, "repeat", 2)
    REPEATING.given(repeat).next(at=after(3), rules=rules(max_attempts=2)).then(uncertain(1, attempt=2))
    REPEATING.given(repeat).next(at=after(3)).then(reconciling(1, "repeat", 3, again_at=after(6)))


def test_a_repeat_may_be_the_first_to_leave_so_an_expired_send_is_not_repeated() -> None:
    short = nothing.given(registered("repeating"), *connected(), tried_at_once(1, expires_at=NOW))
    short.when(ended("r1", o.Uncertain(reason="timeout"))).then(uncertain(1))


def test_that_the_first_attempt_was_taken_settles_its_repeats() -> None:
    REPEATING.given(reconciling(1, "repeat", 2)).when(ended("r1", o.Accepted(), 1)).then(accepted(1, 1))


def test_that_the_first_attempt_was_refused_says_nothing_of_its_repeats() -> None:
    REPEATING.given(reconciling(1, "repeat", 2)).when(ended("r1", o.Rejected(reason="no"), 1)).then()


def test_an_attempt_before_the_doubted_one_says_nothing() -> None:
    third = REPEATING.given(deferred(1, EARLIER), attempted(1, 2), reconciling(1, "repeat", 3))
    third.when(ended("r1", o.Accepted(), 1)).then()


def test_repeats_after_a_deferral_count_on() -> None:
    deferred_first = REPEATING.given(deferred(1, EARLIER), attempted(1, 2))
    last = deferred_first.when(ended("r1", o.Uncertain(reason="timeout"), 2), rules=rules(max_attempts=2))
    last.then(uncertain(1, attempt=2))


def test_an_attempt_that_a_claim_cut_off_is_asked_for() -> None:
    ORPHAN.given(up(1, "kept")).next().then(reconciling(1, reason=LOST))


def test_an_attempt_that_a_claim_cut_off_is_mended_for_and_asked_for() -> None:
    ORPHAN.next().then(started(2, "reconcile"))
    ORPHAN.given(started(2, "reconcile")).next().then_waits(until=TOMORROW)


def test_where_nothing_can_be_asked_what_a_claim_cut_off_is_uncertain() -> None:
    device = nothing.given(registered(), *connected(), tried_at_once(1), Claim())
    device.next().then(uncertain(1, LOST))


def test_a_former_owner_gets_time_to_say_how_its_attempt_ended() -> None:
    ORPHAN.next(orphans_wait_until=after(4)).then_waits(until=after(4))
    ORPHAN.next(orphans_wait_until=NOW).then(started(2, "reconcile"))


def test_only_attempts_wait_for_a_former_owner() -> None:
    ASKING.given(Claim(), up(1, "kept")).next(at=after(3), orphans_wait_until=after(9)).then(
        reconciling(1, again_at=after(6))
    )


def test_a_cut_off_attempt_of_a_device_that_stays_away_is_uncertain_at_its_expiry() -> None:
    away = ORPHAN.given(cancelled(2), started(2, "reconcile"))
    away.next(at=TOMORROW).then(uncertain(1, LOST))


def test_a_parked_device_is_not_asked_until_it_goes_on() -> None:
    waiting = ASKING.given(parked(), down(1, "parked"))
    waiting.next(at=after(3)).then_waits(until=after(60))
    waiting.given(resumed()).next(at=after(3)).then(started(2, "reconcile"))


def test_a_parked_device_closes_its_link_although_something_is_open() -> None:
    ASKING.given(parked()).next(at=after(3)).then(down(1, "parked"))


def test_a_ban_that_passes_while_something_is_open_lets_the_device_go_on() -> None:
    banned = ASKING.given(down(1, "banned"), parked("banned", "device", after(9)))
    banned.next(at=after(3)).then_waits(until=after(9))
    banned.next(at=after(9)).then(resumed("until_passed"))


def test_a_removed_device_is_asked_nothing() -> None:
    ASKING.given(removed()).when(ended("r1", o.NotFound())).then()
    ASKING.given(removed(), cancelled(2)).next(at=after(3)).then(uncertain(1, "device_removed"))


def test_an_unknown_driver_can_ask_nothing() -> None:
    ORPHAN.given(up(1, "kept")).next(rules=rules(drivers={})).then(uncertain(1, LOST))


def test_the_reason_of_a_doubt_stays_with_it() -> None:
    doubted = ASKING.given(reconciling(1, reason="answer lost", again_at=after(1)))
    (event,) = doubted.next(at=after(1)).events()
    assert event.reason == "answer lost"


def test_a_returned_attempt_is_not_in_doubt_any_more() -> None:
    back = ORPHAN.given(up(1, "kept"), returned(1))
    back.next().then(attempted(1, 2))
