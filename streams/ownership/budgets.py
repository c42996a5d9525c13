"""Budgets: how many sends, refreshes and links a process may have at once (design §4)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, Protocol

from streams.ownership.stock import BODY_BYTES, BodyBudget

Kind = Literal["sends", "links"]
"""What an owner waits for: one unit of sends, or one of refreshes and one of links together."""


class Holder(Protocol):
    """An owner, as budgets see it."""

    def granted(self, kind: Kind, key: str) -> None:
        """What `key` waited for is set aside for it: to be used, or given back, when it is asked next."""

    def close_idle(self, key: str) -> None:
        """The idle link of `key` is to be closed, to make room for another."""


class Budget:
    """A number of units. limit: units in all; may be lowered below what is in use, which then runs down."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def left(self) -> int:
        """Units not in use; below 0 after the limit was lowered."""
        return self.limit - self.used


class Line:
    """Who waits for a unit of each of some budgets, first come first served.

    Units are granted together: whoever had one and waited for the other could wait for ever for somebody who has it.
    waiting: the holders, by place in the line.
    """

    __slots__ = ("_budgets", "_kind", "waiting")

    def __init__(self, kind: Kind, *budgets: Budget) -> None:
        self._kind = kind
        self._budgets = budgets
        self.waiting: OrderedDict[tuple[int, str], Holder] = OrderedDict()

    def __len__(self) -> int:
        return len(self.waiting)

    def free(self) -> bool:
        """Whether a newcomer may take its units: they are left, and nobody has waited for them longer."""
        return not self.waiting and self._left()

    def _left(self) -> bool:
        for budget in self._budgets:  # noqa: SIM110  # `all` costs four times as much, once a send
            if budget.used >= budget.limit:
                return False
        return True

    def join(self, holder: Holder, key: str) -> None:
        """Stand in line; whoever stands there already keeps the place."""
        self.waiting.setdefault((id(holder), key), holder)
        self.move_up()

    def forget(self, holder: Holder) -> None:
        """Take an owner that is no more out of the line."""
        for place in [p for p, h in self.waiting.items() if h is holder]:
            del self.waiting[place]

    def move_up(self) -> None:
        """Grant what is left to those who wait."""
        while self.waiting and self._left():
            (_, key), holder = self.waiting.popitem(last=False)
            for budget in self._budgets:
                budget.used += 1
            holder.granted(self._kind, key)


class IdleLinks:
    """Links that no send needs now, by how long that has been so."""

    __slots__ = ("_links",)

    def __init__(self) -> None:
        self._links: OrderedDict[tuple[int, str], Holder] = OrderedDict()

    def __len__(self) -> int:
        return len(self._links)

    def add(self, holder: Holder, key: str) -> None:
        """The link of `key` rests from now on, or still does."""
        self._links.setdefault((id(holder), key), holder)

    def drop(self, holder: Holder, key: str) -> None:
        """The link of `key` is needed, or gone."""
        self._links.pop((id(holder), key), None)

    def forget(self, holder: Holder) -> None:
        """Forget the links of an owner that is no more."""
        for place in [p for p, h in self._links.items() if h is holder]:
            del self._links[place]

    def take(self) -> tuple[Holder, str]:
        """Take out the link that has rested longest."""
        (_, key), holder = self._links.popitem(last=False)
        return holder, key


class Budgets:
    """What one process may have under way at once, over all the partitions that it owns.

    sends: attempts, asks and repeats. refreshes: connects under way. links: live or coming. pairings: whose phone has
    not answered; nobody waits for one of those.
    bodies: bytes of waiting sends' bodies in memory. closing: idle links chosen to be closed that are not closed yet.
    """

    __slots__ = (
        "_totals",
        "bodies",
        "closing",
        "connects",
        "idle",
        "links",
        "pairings",
        "refreshes",
        "sending",
        "sends",
    )

    def __init__(
        self,
        sends: int = 5000,
        refreshes: int = 200,
        links: int = 100_000,
        bodies: int = BODY_BYTES,
        pairings: int = 50,
    ) -> None:
        self._totals = (sends, refreshes, links, pairings)
        self.sends = Budget(sends)
        self.refreshes = Budget(refreshes)
        self.links = Budget(links)
        self.pairings = Budget(pairings)
        self.sending = Line("sends", self.sends)
        self.connects = Line("links", self.refreshes, self.links)
        self.idle = IdleLinks()
        self.bodies = BodyBudget(bodies)
        self.closing = 0

    def share(self, owned: int, partitions: int) -> None:
        """Take this process's share: budget x owned / all, rounded down, at least 1."""
        budgets = (self.sends, self.refreshes, self.links, self.pairings)
        for budget, total in zip(budgets, self._totals, strict=True):
            budget.limit = max(1, total * owned // max(partitions, 1))
        self.move_up()

    def give(self, budget: Budget) -> None:
        """Give a unit back; the first who waits gets it."""
        budget.used -= 1
        if self.sending.waiting or self.connects.waiting or self.links.used > self.links.limit:
            self.move_up()

    def move_up(self) -> None:
        """Let those who wait go on as far as there are units; make room for those who lack only a link.

        Room is made too where more links live than a smaller share allows: other workers use what was given up.
        """
        self.sending.move_up()
        self.connects.move_up()
        while self.idle and self._links_lacking() > 0:
            holder, key = self.idle.take()
            self.closing += 1
            holder.close_idle(key)

    def _links_lacking(self) -> int:
        return min(len(self.connects), self.refreshes.left()) - self.links.left() - self.closing
