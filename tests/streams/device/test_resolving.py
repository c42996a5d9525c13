"""A person's word about an uncertain send."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.device.requests import SendResolutionRequested
from schemas.device.sends import SendAttempted, SendQueued
from tests.streams.device.past import (
    accepted,
    attempted,
    connected,
    queued,
    registered,
    resolved,
    tried_at_once,
    uncertain,
)
from tests.streams.device.spec import NOW, after, nothing, rules

READY = nothing.given(registered(), *connected())
UNCERTAIN = READY.given(tried_at_once(1), uncertain(1))


def word(resolution: str) -> SendResolutionRequested:
    return SendResolutionRequested(request_id="r1", resolution=resolution)  # type: ignore[arg-type]  # one of three


@pytest.mark.parametrize("resolution", ["sent", "give_up", "send_again"])
def test_a_person_decides_what_became_of_an_uncertain_send(resolution: str) -> None:
    UNCERTAIN.when(word(resolution)).then(resolved(1, resolution, "person"))


def test_a_send_that_is_sent_again_goes_before_those_that_came_due_later() -> None:
    again = UNCERTAIN.given(queued(2), resolved(1, "send_again", "person"))
    again.next().then(attempted(1, 2))


def test_a_send_that_is_sent_again_is_remembered_as_waiting() -> None:
    again = UNCERTAIN.given(resolved(1, "send_again", "person"))
    seen = again.book().seen("device-17", "r1")
    assert seen is not None
    assert not seen.settled


def test_a_send_that_is_sent_again_is_remembered_even_if_it_had_been_forgotten() -> None:
    given = UNCERTAIN.given(*(event for n in range(2, 503) for event in (tried_at_once(n), accepted(n))))
    assert given.book().seen("device-17", "r1") is None
    again = given.given(resolved(1, "send_again", "person"))
    assert again.book().seen("device-17", "r1") is not None


@pytest.mark.parametrize("resolution", ["sent", "give_up"])
def test_a_decided_send_does_not_wait(resolution: str) -> None:
    UNCERTAIN.given(resolved(1, resolution, "person")).next().then_waits(until=None, rests=True)


def test_an_expired_send_is_not_sent_again() -> None:
    given = READY.given(tried_at_once(1, expires_at=NOW), uncertain(1))
    given.when(word("send_again")).then_refused("expired", "'r1'", "new send")
    given.when(word("give_up")).then(resolved(1, "give_up", "person"))


def test_a_send_that_was_tried_often_enough_is_not_sent_again() -> None:
    UNCERTAIN.when(word("send_again"), rules=rules(max_attempts=1)).then_refused("invalid", "tried 1 times")


@pytest.mark.parametrize("newer", [queued(9), tried_at_once(9)])
def test_a_send_whose_id_has_a_newer_one_is_not_sent_again(newer: SendQueued | SendAttempted) -> None:
    given = UNCERTAIN.given(replace(newer, request_id="r1"))
    given.when(word("send_again")).then_refused("request_id_reused", "'r1'")


@pytest.mark.parametrize("given", [READY.given(queued(1)), READY.given(tried_at_once(1), accepted(1))])
def test_only_an_uncertain_send_is_resolved(given: object) -> None:
    given.when(word("sent")).then_refused("not_uncertain", "'r1'")  # type: ignore[attr-defined]  # a Given


def test_an_unknown_send_cannot_be_resolved() -> None:
    READY.when(word("sent")).then_refused("unknown_send", "'r1'")


def test_of_too_many_uncertain_sends_the_oldest_are_forgotten() -> None:
    given = READY.given(*(event for n in range(1, 502) for event in (tried_at_once(n), uncertain(n))))
    queue = given.book().queue("device-17")
    assert queue.uncertain("r1") is None
    assert queue.uncertain("r2") is not None


def test_the_last_of_two_uncertain_sends_of_one_id_is_meant() -> None:
    second = replace(tried_at_once(9), request_id="r1"), replace(uncertain(9), request_id="r1")
    given = UNCERTAIN.given(*second)
    (event,) = given.when(word("sent"), at=after(1)).events()
    assert event.request == 9
