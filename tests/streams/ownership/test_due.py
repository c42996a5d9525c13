"""Due times, against a plain dictionary."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.ownership.due import DueTimes
from tests.streams.ownership.stage import START


class DueMachine(RuleBasedStateMachine):
    """Sets and pops at random."""

    def __init__(self) -> None:
        super().__init__()
        self.due = DueTimes()
        self.expected: dict[str, int] = {}

    @rule(key=st.sampled_from("abcd"), at=st.integers(0, 20))
    def set(self, key: str, at: int) -> None:
        self.due.set(key, START + timedelta(seconds=at))
        self.expected[key] = min(at, self.expected.get(key, at))

    @rule(at=st.integers(0, 20))
    def pop(self, at: int) -> None:
        key = self.due.pop(START + timedelta(seconds=at))
        soonest = min(self.expected.values(), default=99)
        assert (key is None) == (soonest > at)
        assert key is None or self.expected.pop(key) == soonest

    @invariant()
    def the_next_is_the_soonest(self) -> None:
        soonest = min(self.expected.values(), default=None)
        assert self.due.next() == (None if soonest is None else START + timedelta(seconds=soonest))


DueMachine.TestCase.settings = settings(max_examples=100, deadline=None)
TestDueTimes = DueMachine.TestCase


def test_pauses_between_sends_leave_nothing_behind() -> None:
    due, at = DueTimes(), START
    for _ in range(10_000):
        at += timedelta(seconds=1)
        due.set("d1", START + timedelta(days=1))
        due.set("d1", at)
        assert due.pop(at) == "d1"
    assert len(due) < 100
