"""A device's queue against the plainest one there is: a list that is sorted whenever somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.device import sends as s
from schemas.device.body import Body
from schemas.envelope import NO_CONTEXT, Context
from streams.device.facts import Entry
from streams.ownership.looking import LOOK_AGAIN
from streams.ownership.queue import DeviceQueue
from streams.ownership.rows import row_of, without_body
from streams.ownership.stock import BodyBudget, Stock, weight_of
from tests.streams.ownership.queues import in_order
from tests.streams.ownership.stage import START

chats = st.sampled_from(["ana", "budi", "citra"])
delays = st.sampled_from([-5, 0, 3, 3, 10, 90])


def send(to: str, campaign: str | None, not_before: datetime | None, expires_at: datetime) -> s.Send:
    return s.Send(
        to=to, body=Body(text="hi"), campaign=campaign, not_before=not_before, expires_at=expires_at, digest="0" * 16
    )


class QueueMachine(RuleBasedStateMachine):
    """Does to a DeviceQueue and to a list of entries what events do."""

    def __init__(self) -> None:
        super().__init__()
        self.begin(1 << 60)

    @initialize(limit=st.sampled_from([0, 4000, 1 << 60]))
    def begin(self, limit: int) -> None:
        """limit: bytes of bodies that may be at hand."""
        self.stock = Stock(BodyBudget(limit))
        self.queue = DeviceQueue(self.stock)
        self.at = START
        self.number = 0
        self.waiting: list[Entry] = []
        self.opened: Entry | None = None
        self.uncertain: dict[int, Entry] = {}
        self.doomed: set[int] = set()

    def in_order(self) -> list[Entry]:
        return sorted(self.waiting, key=lambda e: (e.due, e.request))

    def due(self) -> list[Entry]:
        return [entry for entry in self.in_order() if entry.due <= self.at]

    # events

    @rule(to=chats, campaign=st.sampled_from(["spring", "fall"]), delay=st.none() | delays, life=st.integers(1, 40))
    def ask(self, to: str, campaign: str, delay: int | None, life: int) -> None:
        self.number += 1
        not_before = None if delay is None else self.at + timedelta(seconds=delay)
        asked = send(to, campaign, not_before, self.at + timedelta(seconds=life))
        event = s.SendQueued(request=self.number, request_id=f"r{self.number}", send=asked, reason="busy")
        self.queue.queue(event, self.at, NO_CONTEXT, self.number)
        due = max(not_before or self.at, self.at)
        self.waiting.append(Entry(self.number, f"r{self.number}", asked, due, place=self.number))

    @precondition(lambda self: self.opened is None and self.due())
    @rule(number=st.integers(0, 9))
    def attempt(self, number: int) -> None:
        entry = self.due()[number % len(self.due())]
        self.waiting.remove(entry)
        self._attempt(entry)

    @precondition(lambda self: self.opened is not None)
    @rule()
    def attempt_again(self) -> None:
        assert self.opened is not None
        self._attempt(self.opened)

    def _attempt(self, entry: Entry) -> None:
        event = s.SendAttempted(
            request=entry.request, request_id=entry.request_id, attempt=entry.attempt + 1, message_id="0" * 32
        )
        self.queue.attempt(event, self.at, entry.context, 0)
        self.opened = entry._replace(attempt=entry.attempt + 1, aside_until=None)

    @precondition(lambda self: self.opened is None)
    @rule(to=chats)
    def attempt_at_once(self, to: str) -> None:
        self.number += 1
        asked = send(to, None, None, self.at + timedelta(seconds=30))
        event = s.SendAttempted(
            request=self.number, request_id=f"r{self.number}", attempt=1, message_id="0" * 32, send=asked
        )
        context = Context(actor="ana")
        self.queue.attempt(event, self.at, context, self.number)
        self.opened = Entry(self.number, f"r{self.number}", asked, self.at, 1, context=context, place=self.number)

    @precondition(lambda self: self.opened is not None)
    @rule()
    def settle(self) -> None:
        self.queue.settle()
        self.opened = None

    @precondition(lambda self: self.opened is not None)
    @rule()
    def hold(self) -> None:
        assert self.opened is not None
        self.queue.hold()
        self.opened = self.opened._replace(counted=self.opened.counted + 1)

    @precondition(lambda self: self.opened is not None)
    @rule(delay=st.integers(1, 30))
    def step_aside(self, delay: int) -> None:
        assert self.opened is not None
        until = self.at + timedelta(seconds=delay)
        self.queue.step_aside(until)
        self.waiting.append(self.opened._replace(counted=self.opened.counted + 1, aside_until=until))
        self.opened = None

    @precondition(lambda self: self.opened is not None)
    @rule()
    def doubt(self) -> None:
        assert self.opened is not None
        self.queue.doubt(f"m{self.opened.request}", 1)
        self.uncertain[self.opened.request] = self.opened._replace(counted=self.opened.counted + 1, doubted=1)
        self.opened = None

    @precondition(lambda self: self.uncertain)
    @rule(again=st.booleans())
    def resolve(self, again: bool) -> None:
        request, entry = self.uncertain.popitem()
        self.queue.resolve(
            s.SendResolved(
                request=request,
                request_id=entry.request_id,
                attempt=1,
                resolution="send_again" if again else "give_up",
                by="person",
            )
        )
        self.waiting += [entry._replace(doubted=0)] * again

    @precondition(lambda self: self.waiting)
    @rule(number=st.integers(0, 9))
    def take_back(self, number: int) -> None:
        entry = self.waiting.pop(number % len(self.waiting))
        self.queue.take_back(entry.request, entry.request_id)
        self.doomed.discard(entry.request)

    @precondition(lambda self: self.opened is not None)
    @rule()
    def take_back_the_open_one(self) -> None:
        assert self.opened is not None
        self.queue.take_back(self.opened.request, self.opened.request_id)
        self.doomed.discard(self.opened.request)
        self.opened = None

    @precondition(lambda self: not self.doomed)
    @rule(opened=st.booleans())
    def cancel_and_take_back(self, opened: bool) -> None:
        event = s.CampaignCancelled(campaign="spring", up_to=self.number, sends=1)
        self.queue.cancel(event, opened=opened)
        found = [*self.waiting, *([self.opened] if opened and self.opened else [])]
        gone = {e.request for e in found if e.send.campaign == "spring" and e.request < self.number}
        assert {e.request for e in self.queue.doomed(1000)} == gone
        assert len(self.queue.doomed(2)) == min(2, len(gone))
        for request in gone:
            self.queue.take_back(request, f"r{request}")
        self.waiting = [e for e in self.waiting if e.request not in gone]
        self.opened = None if self.opened and self.opened.request in gone else self.opened

    @rule(delay=st.integers(0, 20))
    def wait(self, delay: int) -> None:
        self.at += timedelta(seconds=delay)

    # reading

    @rule(known=st.sets(chats))
    def look_while_locked(self, known: set[str]) -> None:
        """What was looked at less than a minute ago may be passed over; another look finds it."""
        self.read_all()
        self.queue.known(self.at, known.__contains__)
        self.at += LOOK_AGAIN
        self.read_all()
        assert _same(self.queue.known(self.at, known.__contains__), self._first_known(known.__contains__))

    @rule()
    def read_all(self) -> None:
        """Every body that is not at hand is read again."""
        for entry in [*self.waiting, *([self.opened] if self.opened else [])]:
            self.queue.deliver(entry)
        assert not any(entry.lacks_body for entry in in_order(self.queue))

    @rule()
    def save_and_restore(self) -> None:
        """A snapshot holds no bodies; nothing else is lost."""
        saved = self.queue.saved()
        self.stock = Stock(BodyBudget(self.stock.bodies.limit))
        self.queue = DeviceQueue.restored(saved, self.stock)
        assert self.queue.saved() == saved

    def _first_known(self, knows: Callable[[str], bool]) -> Entry | None:
        due = (e for e in self.in_order() if e.due <= self.at)
        free = (e for e in due if e.aside_until is None or e.aside_until <= self.at)
        return next((e for e in free if knows(e.send.to)), None)

    @rule()
    def when_the_next_comes_due(self) -> None:
        later = [e.due for e in self.waiting if e.due > self.at]
        assert self.queue.next_timed(self.at) == min(later, default=None)

    @invariant()
    def the_head_is_the_first_that_came_due(self) -> None:
        order = self.in_order()
        due = [e for e in order if e.due <= self.at]
        assert _same(self.queue.head(self.at), due[0] if due else None)
        assert self.queue.next_due() == (order[0].due if order else None)
        assert _all_same(in_order(self.queue), order)
        assert len(self.queue) == len(order)

    @invariant()
    def those_that_expired_are_found(self) -> None:
        gone = {e.request for e in self.waiting if e.send.expires_at <= self.at}
        found = {e.request for e in self.queue.expired(self.at, 3)}
        assert (found <= gone, len(found)) == (True, min(3, len(gone)))
        ends_at = self.queue.ends_at()
        assert (ends_at is None) == (not self.waiting)
        assert ends_at is None or ends_at <= min(e.send.expires_at for e in self.waiting)

    @invariant()
    def each_is_found_by_its_id(self) -> None:
        assert _all_same([self.queue.waiting(e.request_id) for e in self.waiting], self.waiting)
        assert self.queue.waiting("r0") is None
        assert _same(self.queue.opened, self.opened)
        assert {e.request for e in self.queue.first(1000)} == {e.request for e in self.waiting}
        assert _all_same([self.queue.uncertain(e.request_id) for e in self.uncertain.values()], self.uncertain.values())
        assert all(self.queue.uncertain_message(f"m{request}") is not None for request in self.uncertain)

    @invariant()
    def each_at_hand_hands_on_its_context(self) -> None:
        whole = {e.request for e in in_order(self.queue) if not e.lacks_body}
        known = [e for e in self.waiting if e.request in whole] + [*self.uncertain.values()]
        assert [self.queue.context_of(e.request) for e in known] == [e.context for e in known]
        assert self.queue.context_of(0) is None

    @invariant()
    def what_waits_and_what_is_at_hand_is_counted(self) -> None:
        at_hand = [e for e in in_order(self.queue) if not e.lacks_body]
        assert (self.stock.waiting, self.stock.weight) == (len(self.waiting), sum(map(weight_of, at_hand)))
        assert self.stock.bodies.used == self.stock.weight

    @invariant()
    def what_is_read_ahead_comes_first(self) -> None:
        lacking = [e.place for e in in_order(self.queue) if e.lacks_body]
        assert set(self.queue.ahead()) <= set(lacking)
        assert self.queue.ahead() or not lacking or self.stock.bodies.is_spent()


def _same(found: Entry | None, expected: Entry | None) -> bool:
    """Equal, save what is only in a body that is not at hand."""
    if found is None or expected is None or not found.lacks_body:
        return found == expected
    known, told = found._replace(context=NO_CONTEXT), without_body(row_of(expected), found.request_id)
    return known == told._replace(
        attempt=expected.attempt,
        counted=expected.counted,
        doubted=expected.doubted,
        aside_until=expected.aside_until,
    )


def _all_same(found: Iterable[Entry | None], expected: Iterable[Entry]) -> bool:
    return all(_same(one, other) for one, other in zip(found, expected, strict=True))


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestQueue = QueueMachine.TestCase


class Looking:
    """A device that knows `known`; counts how often it is asked."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked = 0

    def __call__(self, to: str) -> bool:
        self.asked += 1
        return to in self.known


def _queued(queue: DeviceQueue, number: int, to: str = "ana", not_before: datetime | None = None) -> None:
    asked = send(to, None, not_before, START + timedelta(days=1))
    queue.queue(
        s.SendQueued(request=number, request_id=f"r{number}", send=asked, reason="held"), START, NO_CONTEXT, number
    )


def test_each_new_chat_is_looked_at_once_a_minute() -> None:
    queue, looking = DeviceQueue(), Looking()
    for number in range(10):
        _queued(queue, number)
    for second in range(60):
        assert queue.known(START + timedelta(seconds=second), looking) is None
    assert looking.asked == 10
    queue.known(START + LOOK_AGAIN, looking)
    assert looking.asked == 20


def test_a_chat_that_becomes_known_is_found_after_a_minute() -> None:
    queue, looking = DeviceQueue(), Looking()
    _queued(queue, 1)
    assert queue.known(START, looking) is None
    looking.known.add("ana")
    assert queue.known(START, looking) is None
    found = queue.known(START + LOOK_AGAIN, looking)
    assert found is not None


def test_what_is_asked_for_while_locked_is_looked_at_at_once() -> None:
    queue, looking = DeviceQueue(), Looking("budi")
    _queued(queue, 1)
    assert queue.known(START, looking) is None
    _queued(queue, 2, "budi")
    found = queue.known(START, looking)
    assert found is not None
    assert (found.request, looking.asked) == (2, 2)


def test_what_comes_due_while_locked_is_looked_at_at_once() -> None:
    queue, looking = DeviceQueue(), Looking("budi")
    _queued(queue, 1, "budi", START + timedelta(seconds=5))
    assert queue.known(START, looking) is None
    assert queue.known(START + timedelta(seconds=5), looking) is not None


def test_a_known_chat_stays_the_next_until_it_leaves() -> None:
    queue, looking = DeviceQueue(), Looking("ana")
    _queued(queue, 1)
    _queued(queue, 2)
    assert queue.known(START, looking) == queue.known(START, looking)
    queue.take_back(1, "r1")
    found = queue.known(START, looking)
    assert found is not None
    assert found.request == 2


def test_after_a_lock_the_queue_is_looked_through_from_its_head() -> None:
    queue, looking = DeviceQueue(), Looking()
    _queued(queue, 1)
    queue.known(START, looking)
    queue.head(START)
    looking.known.add("ana")
    assert queue.known(START, looking) is not None


def test_two_queues_that_saw_the_same_are_equal() -> None:
    one, other = DeviceQueue(), DeviceQueue()
    _queued(one, 1)
    assert one != other
    _queued(other, 1)
    assert one == other
    assert one != "queue"


def test_nothing_is_to_be_taken_back_once_the_last_send_left_after_a_campaign_was_cancelled() -> None:
    machine = QueueMachine()
    machine.ask(to="ana", campaign="spring", delay=None, life=30)
    machine.ask(to="ana", campaign="spring", delay=None, life=30)
    machine.cancel_and_take_back(opened=False)
    machine.attempt(number=0)
    assert machine.queue.ends_at() is None
