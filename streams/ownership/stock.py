"""How much one process, and one partition of it, keeps of the sends that wait."""

from __future__ import annotations

from streams.device.facts import Entry

BESIDE_TEXT = 1500
"""Bytes that a body at hand costs beside its text."""
OF_EACH_DEVICE = 64
"""Bodies at hand of one device beyond which it is taken for a backlog."""
BODY_BYTES = 128 * 1024 * 1024
"""The budget where no setting says otherwise: 80,000 bodies of 120 characters."""


class BodyBudget:
    """Bytes of bodies that a process keeps in memory. Half of it is for backlogs, so that no short queue is read again.

    limit: bodies beyond it are read again from the log when their turn comes near.
    """

    __slots__ = ("limit", "used")

    def __init__(self, limit: int = BODY_BYTES) -> None:
        self.limit = limit
        self.used = 0

    def has_room(self, weight: int, at_hand: int) -> bool:
        """Whether a device that has so many bodies at hand may keep another one."""
        limit = self.limit if at_hand < OF_EACH_DEVICE else self.limit // 2
        return self.used + weight <= limit

    def is_spent(self) -> bool:
        """Whether nothing should be read ahead of need."""
        return self.used >= self.limit


class Stock:
    """One partition's part: how many sends wait, and what their bodies at hand weigh."""

    __slots__ = ("bodies", "waiting", "weight")

    def __init__(self, bodies: BodyBudget | None = None) -> None:
        self.bodies = bodies or BodyBudget()
        self.waiting = 0
        self.weight = 0

    def keeps(self, entry: Entry, at_hand: int) -> bool:
        """Keep a body, if a device that has so many at hand may have another one; whether it may."""
        weight, bodies = weight_of(entry), self.bodies
        if not bodies.has_room(weight, at_hand):
            return False
        self.weight += weight
        bodies.used += weight
        return True

    def keep(self, entry: Entry) -> None:
        """A body is at hand, whether there is room or not."""
        weight = weight_of(entry)
        self.weight += weight
        self.bodies.used += weight

    def let_go(self, entry: Entry) -> None:
        """A body is at hand no more."""
        weight = weight_of(entry)
        self.weight -= weight
        self.bodies.used -= weight

    def join(self, bodies: BodyBudget) -> None:
        """Go on under a process's budget."""
        self.bodies.used -= self.weight
        self.bodies = bodies
        bodies.used += self.weight

    def close(self) -> None:
        """Nothing of this partition is kept any more."""
        self.bodies.used -= self.weight
        self.weight = 0


def weight_of(entry: Entry) -> int:
    """About how many bytes a send takes in memory with its body."""
    return BESIDE_TEXT + len(entry.send.body.text)
