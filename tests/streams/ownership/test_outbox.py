"""What is decided leaves in whole decisions, in order, one batch at a time."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.drivers.port import Connect
from streams.log.ports import EventRecord
from streams.ownership.effects import Begin
from streams.ownership.outbox import Decision, NotContiguousError, Outbox


def decision(number: int, events: int, size: int = 10) -> Decision:
    records = tuple(EventRecord(b"d", f"{number}.{n}".encode()) for n in range(events))
    return Decision(records, size * events, (Begin("simulated", Connect("d", number)),))


class OutboxMachine(RuleBasedStateMachine):
    """Decides, takes and acknowledges at random."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.outbox.restart(100)
        self.number = 0
        self.decided: list[Decision] = []
        self.flying: list[Decision] = []
        self.acknowledged = 100

    @rule(events=st.integers(1, 5))
    def decide(self, events: int) -> None:
        self.number += 1
        self.decided.append(decision(self.number, events))
        self.outbox.put(self.decided[-1])

    @rule(size=st.integers(0, 120))
    def take(self, size: int) -> None:
        taken = self.outbox.take(size)
        if self.flying or not self.decided:
            assert taken == []
            return
        while self.decided and (not self.flying or sum(d.size for d in [*self.flying, self.decided[0]]) <= size):
            self.flying.append(self.decided.pop(0))
        assert taken == [event for d in self.flying for event in d.events]

    @rule(off=st.sampled_from([0, 0, 0, 1, -1]))
    def acknowledge(self, off: int) -> None:
        if off:
            with pytest.raises(NotContiguousError, match=f"expected at {self.acknowledged}"):
                self.outbox.acked(self.acknowledged + off)
            return
        consequences = self.outbox.acked(self.acknowledged)
        assert consequences == [c for d in self.flying for c in d.consequences]
        self.acknowledged += sum(len(d.events) for d in self.flying)
        self.flying = []

    @invariant()
    def it_knows_what_is_left(self) -> None:
        assert len(self.outbox) == len(self.decided)
        assert self.outbox.in_flight() == bool(self.flying)
        assert self.outbox.acknowledged == self.acknowledged


OutboxMachine.TestCase.settings = settings(max_examples=100, deadline=None)
TestOutbox = OutboxMachine.TestCase
