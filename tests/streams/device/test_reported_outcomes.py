"""Outcomes that a former owner's process hands on, and words that come late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.device import outcomes as o
from schemas.device.requests import OutcomeReported
from tests.streams.device.past import (
    accepted,
    attempted,
    connected,
    deferred,
    down,
    queued,
    reconciling,
    registered,
    rejected,
    removed,
    resolved,
    returned,
    tried_at_once,
    uncertain,
    up,
)
from tests.streams.device.spec import EARLIER, Claim, after, ended, message_id, nothing, rules

TRYING = nothing.given(registered("asked"), *connected(), tried_at_once(1))
ORPHAN = TRYING.given(Claim())
RECONCILING = ORPHAN.given(up(2, "kept"), reconciling(1))
UNCERTAIN = RECONCILING.given(uncertain(1))
REPEATED = ORPHAN.given(reconciling(1, "repeat", 2))
NOT_SENT = (
    o.NotStarted(),
    o.NotConnected(),
    o.Deferred(until=after(5), reason="slow"),
    o.NewChatLocked(until=after(5)),
)


def report(outcome: o.SendOutcome, attempt: int = 1, request_id: str = "r1") -> OutcomeReported:
    return OutcomeReported(message_id=message_id(request_id), attempt=attempt, outcome=outcome)


@pytest.mark.parametrize("given", [TRYING, ORPHAN, RECONCILING], ids=["trying", "orphan", "reconciling"])
def test_a_reported_acceptance_is_the_fate_of_the_report(given: object) -> None:
    given.when(report(o.Accepted())).then(accepted(1))  # type: ignore[attr-defined]  # a Given


def test_a_report_that_nothing_left_returns_the_send_of_a_claim_that_ended() -> None:
    ORPHAN.when(report(o.NotConnected())).then(returned(1))
    ORPHAN.when(report(o.NotStarted())).then(returned(1, reason="not_started"))
    ORPHAN.when(report(o.Deferred(until=after(5), reason="slow"))).then(deferred(1, after(5), "slow"))


@pytest.mark.parametrize("outcome", NOT_SENT)
def test_a_report_that_nothing_left_ends_the_doubt_even_while_it_is_asked(outcome: o.SendOutcome) -> None:
    RECONCILING.when(report(outcome)).then(uncertain(1, "never_left"), resolved(1, "send_again"))


@pytest.mark.parametrize("outcome", NOT_SENT)
def test_an_uncertain_send_that_never_left_waits_again(outcome: o.SendOutcome) -> None:
    UNCERTAIN.when(report(outcome)).then(resolved(1, "send_again"))
    UNCERTAIN.given(resolved(1, "send_again")).next().then(attempted(1, 2, link=2))


def test_an_uncertain_send_that_never_left_and_expired_is_not_sent() -> None:
    given = nothing.given(registered("bare"), tried_at_once(1, link=None, expires_at=after(1)), uncertain(1))
    given.when(report(o.NotStarted()), at=after(1)).then(resolved(1, "not_sent"))


def test_an_uncertain_send_that_was_tried_often_enough_is_not_sent() -> None:
    UNCERTAIN.when(report(o.NotStarted()), rules=rules(max_attempts=1)).then(resolved(1, "not_sent"))
    RECONCILING.when(report(o.NotStarted()), rules=rules(max_attempts=1)).then(
        uncertain(1, "never_left"), resolved(1, "not_sent")
    )


def test_an_uncertain_send_of_a_removed_device_is_not_sent() -> None:
    UNCERTAIN.given(removed()).when(report(o.NotStarted())).then(resolved(1, "not_sent"))


def test_an_uncertain_send_whose_id_has_a_newer_one_is_not_sent_again() -> None:
    newer = replace(queued(9), request_id="r1")
    UNCERTAIN.given(newer).when(report(o.NotStarted())).then(resolved(1, "not_sent"))


@pytest.mark.parametrize("outcome", NOT_SENT)
def test_that_a_repeat_never_left_says_nothing_of_what_it_repeats(outcome: o.SendOutcome) -> None:
    REPEATED.when(report(outcome, 2)).then_already_done("nothing awaits this outcome")
    REPEATED.when(report(outcome, 1)).then_already_done("nothing awaits this outcome")
    doubted = REPEATED.given(uncertain(1, attempt=2))
    doubted.when(report(outcome, 1)).then_already_done("nothing awaits this outcome")


def test_a_late_acceptance_resolves_an_uncertain_send() -> None:
    UNCERTAIN.when(report(o.Accepted(provider_message_id="p"))).then(resolved(1, "sent", provider_message_id="p"))
    REPEATED.given(uncertain(1, attempt=2)).when(report(o.Accepted(), 1)).then(resolved(1, "sent", attempt=2))


def test_a_late_rejection_resolves_an_uncertain_send() -> None:
    UNCERTAIN.when(report(o.Rejected(reason="no"))).then(resolved(1, "rejected", reason="no"))


def test_a_late_rejection_of_what_was_repeated_since_says_nothing() -> None:
    doubted = REPEATED.given(uncertain(1, attempt=2))
    doubted.when(report(o.Rejected(reason="no"), 1)).then_already_done("nothing awaits this outcome")


@pytest.mark.parametrize("outcome", [o.Uncertain(reason="timeout"), o.NotFound()])
def test_a_late_doubt_adds_nothing(outcome: o.SendOutcome) -> None:
    UNCERTAIN.when(report(outcome)).then_already_done("nothing awaits this outcome")
    RECONCILING.when(report(outcome)).then_already_done("nothing awaits this outcome")


def test_the_answer_of_an_ask_that_outlasted_the_minute_still_counts() -> None:
    UNCERTAIN.when(ended("r1", o.Accepted())).then(resolved(1, "sent"))


def test_that_a_late_ask_came_to_nothing_does_not_send_again() -> None:
    UNCERTAIN.when(ended("r1", o.NotConnected())).then()


def test_a_report_that_starts_a_doubt_is_answered_by_the_first_ask() -> None:
    ORPHAN.given(up(2, "kept")).when(report(o.Uncertain(reason="timeout"))).then(reconciling(1, link=2))


def test_a_report_of_a_settled_send_is_done_already() -> None:
    TRYING.given(accepted(1)).when(report(o.Accepted())).then_already_done("nothing awaits this outcome")
    TRYING.given(accepted(1)).when(report(o.NotStarted())).then_already_done("nothing awaits this outcome")


def test_a_report_of_a_send_that_waits_is_done_already() -> None:
    nothing.given(registered(), queued(1)).when(report(o.Accepted())).then_already_done("nothing awaits this outcome")


def test_a_report_of_a_send_that_came_back_is_done_already() -> None:
    TRYING.given(returned(1)).when(report(o.NotConnected())).then_already_done("nothing awaits this outcome")


def test_a_report_of_an_earlier_attempt_is_done_already() -> None:
    again = TRYING.given(deferred(1, EARLIER), attempted(1, 2))
    again.when(report(o.Accepted())).then_already_done("nothing awaits this outcome")
    again.given(uncertain(1, attempt=2)).when(report(o.Accepted())).then_already_done("nothing awaits this outcome")


def test_a_report_of_a_held_send_is_done_already() -> None:
    held = TRYING.given(deferred(1, after(9)))
    held.when(report(o.Deferred(until=after(9), reason="slow"))).then_already_done("nothing awaits this outcome")


def test_a_report_about_a_removed_device_is_taken_all_the_same() -> None:
    TRYING.given(removed()).when(report(o.Rejected(reason="no"))).then(rejected(1, "no"))


def test_a_report_about_an_unknown_device_is_done_already() -> None:
    nothing.when(report(o.Accepted())).then_already_done("nothing awaits this outcome")


def test_a_person_s_resolution_leaves_nothing_to_report() -> None:
    done = UNCERTAIN.given(resolved(1, "give_up", "person"))
    done.when(report(o.Accepted())).then_already_done("nothing awaits this outcome")


def test_a_lost_link_is_told_with_the_report() -> None:
    TRYING.when(report(o.NotConnected())).then(returned(1), down(1, reason="not_connected"))
