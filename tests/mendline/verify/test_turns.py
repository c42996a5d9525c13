from __future__ import annotations

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, moment, ready


def locked() -> Scribe:
    """A device that was told to leave new chats alone until 60 s."""
    scribe = ready()
    scribe.outcome("deferred", scribe.send(), reason="new_chat_locked", until=moment(60))
    return scribe


def test_send_that_overtakes_an_earlier_one_is_found() -> None:
    scribe = ready()
    scribe.queue()
    scribe.attempt(scribe.queue())
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_new_send_that_overtakes_a_waiting_one_is_found() -> None:
    scribe = ready()
    scribe.queue()
    scribe.send()
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_send_that_overtakes_a_returned_one_is_found() -> None:
    scribe = ready()
    other = scribe.queue()
    scribe.attempt(other)
    scribe.outcome("returned", other)
    scribe.send()
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_send_that_overtakes_a_deferred_one_is_found() -> None:
    scribe = ready()
    scribe.outcome("deferred", scribe.send(), until=moment(60))
    scribe.send()
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_send_is_not_held_up_by_one_that_is_not_due() -> None:
    scribe = ready()
    scribe.queue(not_before=moment(60))
    scribe.attempt(scribe.queue())
    assert scribe.broken() == set()


def test_send_that_overtakes_one_that_came_due_before_it_was_asked_is_found() -> None:
    scribe = ready()
    scribe.queue(not_before=moment(60))
    scribe.at = 61
    scribe.attempt(scribe.queue())
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_send_that_comes_due_later_waits_for_those_asked_before() -> None:
    scribe = ready()
    late = scribe.queue(not_before=moment(60))
    scribe.at = 30
    scribe.queue()
    scribe.at = 61
    scribe.attempt(late)
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_of_two_that_come_due_the_earlier_goes_first() -> None:
    scribe = ready()
    late, early = scribe.queue(not_before=moment(60)), scribe.queue(not_before=moment(50))
    scribe.at = 60
    scribe.attempt(early)
    scribe.accept(early)
    scribe.attempt(late)
    assert scribe.broken() == set()


def test_of_two_that_come_due_the_later_one_first_is_found() -> None:
    scribe = ready()
    late, _ = scribe.queue(not_before=moment(60)), scribe.queue(not_before=moment(50))
    scribe.at = 60
    scribe.attempt(late)
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_not_before_in_the_past_gives_no_earlier_turn() -> None:
    scribe = ready()
    scribe.queue()
    scribe.attempt(scribe.queue(not_before=moment(-60)))
    assert scribe.broken() == {Rule.ATTEMPT_ORDER}


def test_expired_send_holds_nobody_up() -> None:
    scribe = ready()
    scribe.queue(expires_at=moment(60))
    scribe.at = 60
    scribe.attempt(scribe.queue())
    assert scribe.broken() == set()


def test_known_chats_go_on_while_new_ones_are_locked() -> None:
    scribe = locked()
    scribe.queue()
    scribe.attempt(scribe.queue(), known_chat=True)
    assert scribe.broken() == set()


def test_new_chat_while_they_are_locked_is_found() -> None:
    scribe = locked()
    scribe.attempt(scribe.queue(), known_chat=False)
    assert scribe.broken() == {Rule.ATTEMPT_NEW_CHAT}


def test_lock_ends_at_its_time() -> None:
    scribe = locked()
    scribe.at = 60
    scribe.attempt(scribe.queue())
    assert scribe.broken() == set()


def test_send_again_may_go_before_or_after_others() -> None:
    scribe = ready()
    again = scribe.send()
    scribe.outcome("uncertain", again)
    other = scribe.queue()
    scribe.resolve(again, "send_again")
    scribe.attempt(other)
    assert scribe.broken() == set()
