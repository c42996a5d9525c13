"""The group coordinator: who is a member of the current generation, and which partitions each has (KIP-345)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.faults.simulation.process import Process
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.world import World

SESSION_S = 6.0
FENCED = -1
"""Instead of a generation, to who waits for one and is put out or replaced by a process of its name."""
Joined = Callable[[int, frozenset[int]], None]
"""Called with the generation and the partitions that a member has in it."""


@dataclass(slots=True)
class Member:
    """A member by its instance id. `joined`: whom to tell once the generation is there; None: it has not joined."""

    process: Process
    seen: float
    assigned: frozenset[int] = frozenset()
    joined: Joined | None = None


class Coordinator:
    """Rebalances whenever a member comes or goes; owners learn of it one after the other.

    static: members keep their place over restarts, until their session ends.
    """

    def __init__(self, world: World, witness: Witness, partitions: int, static: bool) -> None:
        self.generation = 0
        self.rebalancing = False
        self.members: dict[str, Member] = {}
        self._world = world
        self._witness = witness
        self._partitions = partitions
        self._static = static
        self._luck = world.luck("coordinator")
        world.after(1.0, self._expire)

    def join(self, process: Process, joined: Joined) -> None:
        """A process asks to be a member; it is told when the generation is there."""
        member = self.members.get(process.name)
        if member is not None and self._static and not self.rebalancing and member.process is not process:
            member.process, member.seen = process, self._world.now
            joined(self.generation, member.assigned)
            return
        self.members[process.name] = Member(process, self._world.now, joined=joined)
        if member is not None and member.process is not process and member.joined is not None:
            member.joined(FENCED, frozenset())
        self._rebalance()

    def leave(self, process: Process) -> None:
        """A process that closes leaves at once, unless its place is kept for its restart."""
        if self._is_member(process) and not self._static:
            del self.members[process.name]
            self._rebalance()

    def heartbeat(self, process: Process, generation: int) -> Literal["stable", "rejoin", "unknown", "fenced"]:
        """A member shows that it lives."""
        if process.name in self.members and not self._is_member(process):
            return "fenced"
        if not self._is_member(process) or (generation != self.generation and not self.rebalancing):
            return "unknown"
        self.members[process.name].seen = self._world.now
        return "rejoin" if self.rebalancing else "stable"

    def commit(self, process: Process, generation: int, partitions: list[int], witness: Witness | None = None) -> bool:
        """Whether a commit is taken: only of a member of the current generation; `witness`: of its stream."""
        taken = self._is_member(process) and generation == self.generation
        for partition in partitions if taken else ():
            (witness or self._witness).proved(process, partition)
        return taken

    def expel(self, process: Process) -> None:
        """Put a member out: what it has goes to others, and it learns of that with its next heartbeat."""
        if self._is_member(process):
            self._world.note("coordinator", f"expels {process}")
            joined = self.members.pop(process.name).joined
            if joined is not None:
                joined(FENCED, frozenset())
            self._rebalance()

    def shuffle(self) -> None:
        """Have everybody join anew and share the partitions otherwise."""
        self._rebalance()

    def _is_member(self, process: Process) -> bool:
        member = self.members.get(process.name)
        return member is not None and member.process is process

    def _rebalance(self) -> None:
        self.rebalancing = True
        self._complete_if_all_joined()

    def _complete_if_all_joined(self) -> None:
        if self.members and all(member.joined is not None for member in self.members.values()):
            self._complete()

    def _complete(self) -> None:
        self.generation += 1
        self.rebalancing = False
        names = sorted(self.members)
        shares: dict[str, list[int]] = {name: [] for name in names}
        for partition in range(self._partitions):
            shares[self._luck.choice(names)].append(partition)
        self._world.note("coordinator", f"generation {self.generation}: {shares}")
        for name, member in self.members.items():
            told, member.joined = member.joined, None
            member.assigned, member.seen = frozenset(shares[name]), self._world.now
            if told is not None:
                told(self.generation, member.assigned)

    def _expire(self) -> None:
        self._world.after(0.5, self._expire)
        now = self._world.now
        gone = [n for n, m in self.members.items() if m.joined is None and now - m.seen > SESSION_S]
        for name in gone:
            self._world.note("coordinator", f"the session of {self.members[name].process} has ended")
            del self.members[name]
        if gone:
            self._rebalance()
        elif self.rebalancing:
            self._complete_if_all_joined()
