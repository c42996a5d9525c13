"""Decided events on their way into the log: whole decisions, in order, one batch in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from streams.log.ports import EventRecord
from streams.ownership.effects import Consequence


class NotContiguousError(Exception):
    """An ack must be for the offset the owner expected: else the owner is void and has to claim anew."""


class Decision(NamedTuple):
    """The events of one decision, their size in bytes, and what begins once they are acknowledged."""

    events: Sequence[EventRecord]
    size: int
    consequences: Sequence[Consequence]


class Outbox:
    """Decisions not yet acknowledged. `sequence`: the offset of the next event to be decided."""

    __slots__ = ("_in_flight", "_waiting", "acknowledged", "sequence")

    def __init__(self) -> None:
        self.sequence = 0
        self.acknowledged = 0
        self._waiting: deque[Decision] = deque()
        self._in_flight: list[Decision] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def in_flight(self) -> bool:
        """Whether a batch awaits its ack."""
        return bool(self._in_flight)

    def restart(self, offset: int) -> None:
        """The next event will lie at `offset`: one past the owner's marker."""
        self.sequence = self.acknowledged = offset

    def put(self, decision: Decision) -> None:
        """Take in a decision whose events carry their sequences."""
        self._waiting.append(decision)

    def rewind(self, sequence: int) -> None:
        """Take back what was decided since the next event's sequence was `sequence`; none of it has been taken."""
        end = self.acknowledged + sum(len(d.events) for d in (*self._in_flight, *self._waiting))
        while self._waiting and end > sequence:
            end -= len(self._waiting.pop().events)
        self.sequence = sequence

    def take(self, max_bytes: int) -> list[EventRecord]:
        """The next batch: whole decisions up to `max_bytes`, at least one; empty while one is in flight."""
        if self._in_flight or not self._waiting:
            return []
        size = 0
        while self._waiting and (not self._in_flight or size + self._waiting[0].size <= max_bytes):
            decision = self._waiting.popleft()
            size += decision.size
            self._in_flight.append(decision)
        return [event for decision in self._in_flight for event in decision.events]

    def acked(self, base_offset: int) -> list[Consequence]:
        """The batch in flight lies at `base_offset`; what begins now. Raises NotContiguousError."""
        if base_offset != self.acknowledged:
            raise NotContiguousError(f"acknowledged at {base_offset}, expected at {self.acknowledged}")
        decisions: Sequence[Decision] = self._in_flight
        self._in_flight = []
        self.acknowledged += sum(len(d.events) for d in decisions)
        return [c for d in decisions for c in d.consequences]
