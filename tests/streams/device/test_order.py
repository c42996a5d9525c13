"""In which order a device's sends leave: as they come due, save new chats while those are locked."""

from __future__ import annotations

from schemas.device import outcomes as o
from tests.streams.device.past import (
    asked_send,
    attempted,
    cancelled,
    connected,
    deferred,
    queued,
    registered,
    tried_at_once,
)
from tests.streams.device.spec import EARLIER, NOW, after, ended, nothing

READY = nothing.given(registered(), *connected())
LOCKED = READY.given(tried_at_once(1, to="new"), deferred(1, after(60), "new_chat_locked"))
KNOWN = frozenset({"friend"})


def test_sends_without_a_time_leave_in_the_order_of_their_requests() -> None:
    READY.given(queued(2), queued(3)).next().then(attempted(2))


def test_a_send_for_later_leaves_when_its_time_comes_before_what_came_due_after() -> None:
    given = READY.given(queued(2, not_before=after(5))).given(queued(3), at=after(6))
    given.next(at=after(7)).then(attempted(2))


def test_a_send_for_later_leaves_after_what_came_due_before() -> None:
    given = READY.given(queued(2, not_before=after(5))).given(queued(3), at=after(4))
    given.next(at=after(7)).then(attempted(3))


def test_sends_that_come_due_together_leave_in_the_order_of_their_requests() -> None:
    given = READY.given(queued(3, not_before=after(5)), queued(2, not_before=after(5))).given(queued(4), at=after(5))
    given.next(at=after(5)).then(attempted(2))


def test_a_time_that_has_passed_is_no_time() -> None:
    given = READY.given(queued(2)).given(queued(3, not_before=EARLIER), at=NOW)
    given.next().then(attempted(2))


def test_sends_for_later_are_waited_for() -> None:
    given = READY.given(queued(2, not_before=after(9)), queued(3, not_before=after(5)))
    given.next().then_waits(until=after(5), rests=True)


def test_while_new_chats_are_locked_known_chats_go_on() -> None:
    given = LOCKED.given(queued(2, to="stranger"), queued(3, to="friend"), queued(4, to="friend"))
    given.next(chats=KNOWN).then(attempted(3, known=True))


def test_new_chats_wait_for_the_end_of_the_lock_in_their_order() -> None:
    given = LOCKED.given(queued(2, to="stranger"))
    given.next().then_waits(until=after(60), rests=True)
    given.next(at=after(60)).then(attempted(1, 2))


def test_what_met_the_lock_waits_for_its_end_although_its_chat_is_known() -> None:
    LOCKED.next(chats=frozenset({"new"})).then_waits(until=after(60))
    LOCKED.given(queued(2, to="new")).next(chats=frozenset({"new"})).then(attempted(2, known=True))


def test_a_shorter_lock_does_not_end_a_longer_one() -> None:
    given = LOCKED.given(tried_at_once(2, to="friend"), deferred(2, after(9), "new_chat_locked"))
    given.next(at=after(10)).then_waits(until=after(60))


def test_a_send_to_a_new_chat_is_held_while_the_lock_holds() -> None:
    (event,) = LOCKED.when(asked_send(to="stranger")).events()
    assert (event.type, event.reason) == ("send_queued", "held")


def test_a_send_to_a_known_chat_passes_those_that_stepped_aside() -> None:
    (event,) = LOCKED.given(queued(2, to="stranger")).when(asked_send(to="friend"), chats=KNOWN).events()
    assert (event.type, event.known_chat) == ("send_attempted", True)


def test_a_send_to_a_known_chat_passes_no_other_known_chat() -> None:
    (event,) = LOCKED.given(queued(2, to="friend")).when(asked_send(to="friend"), chats=KNOWN).events()
    assert (event.type, event.reason) == ("send_queued", "busy")


def test_while_locked_the_next_time_is_waited_for_too() -> None:
    given = LOCKED.given(queued(2, to="friend", not_before=after(9)), queued(3, to="friend", not_before=after(99)))
    given.next(chats=KNOWN).then_waits(until=after(9))
    given.next(at=after(9), chats=KNOWN).then(attempted(2, known=True))


def test_a_lock_without_sends_is_not_waited_for() -> None:
    LOCKED.given(cancelled(1)).next().then_waits(until=None)


def test_after_the_lock_no_word_about_the_chat_is_recorded() -> None:
    LOCKED.next(at=after(60)).then(attempted(1, 2))


def test_the_send_that_met_the_lock_is_tried_again_and_may_meet_it_again() -> None:
    again = LOCKED.given(attempted(1, 2))
    lock = deferred(1, after(120), "new_chat_locked", 2)
    again.when(ended("r1", o.NewChatLocked(until=after(120)), 2), at=after(61)).then(lock)
