"""How long a member has had a partition without a gap, told by the group's generations."""

from __future__ import annotations

from collections.abc import Collection


class Holding:
    """Numbers each partition's holdings: a new one begins where another member may have had the partition.

    A member sees every generation that it is in. One that it missed may have given its partitions away, and the next
    one brought them back: the assignment looks the same, and yet somebody else was at work in between. So after a gap
    the partitions that did not come back have a new number too.
    """

    __slots__ = ("_assigned", "_generation", "_numbers")

    def __init__(self) -> None:
        self._generation = -1
        self._assigned: frozenset[int] = frozenset()
        self._numbers: dict[int, int] = {}

    def assigned(self, generation: int, partitions: Collection[int]) -> None:
        """Note what a generation of the group gives this member."""
        missed_none = self._generation <= generation <= self._generation + 1
        begun = set(partitions).difference(self._assigned) if missed_none else self._assigned.union(partitions)
        for partition in begun:
            self._numbers[partition] = self.number(partition) + 1
        self._generation, self._assigned = generation, frozenset(partitions)

    def number(self, partition: int) -> int:
        """Which holding of the partition the present or last one is; 0: it was never assigned."""
        return self._numbers.get(partition, 0)
