"""The units of the process's budgets that one owner uses: taken before an intent, given back by its outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from streams.ownership.budgets import Budget, Budgets


class Allowance:
    """One owner's part in the budgets.

    notify: called when a unit was set aside for one of `wakes`, whose devices then want to be asked.
    """

    __slots__ = ("_budgets", "_granted", "_links", "_notify", "_refreshes", "_sends", "wakes")

    def __init__(self, budgets: Budgets, notify: Callable[[], None]) -> None:
        self._budgets = budgets
        self._notify = notify
        self._granted: set[tuple[str, str]] = set()
        self._sends: set[str] = set()
        self._refreshes: set[str] = set()
        self._links: set[str] = set()
        self.wakes: deque[str] = deque()

    def granted(self, kind: str, key: str) -> None:
        """A unit is set aside for `key` (see Waiter)."""
        self._granted.add((kind, key))
        self.wakes.append(key)
        self._notify()

    def may_send(self, key: str) -> bool:
        """Whether an attempt of `key` may begin now."""
        return self._budgets.sends.free() or ("sends", key) in self._granted

    def may_link(self, key: str) -> bool:
        """Whether a refresh of `key` may begin now."""
        return self._may(self._budgets.refreshes, key) and (key in self._links or self._may(self._budgets.links, key))

    def _may(self, budget: Budget, key: str) -> bool:
        return budget.free() or (budget.kind, key) in self._granted

    def send_begins(self, key: str) -> None:
        """An attempt, an ask or a repeat of `key` is intended."""
        self._take(self._budgets.sends, self._sends, key)

    def send_ends(self, key: str) -> None:
        """Its outcome is here, or it never began."""
        self._give(self._budgets.sends, self._sends, key)

    def refresh_begins(self, key: str) -> None:
        """A connect of `key` is intended."""
        self._take(self._budgets.refreshes, self._refreshes, key)
        self._take(self._budgets.links, self._links, key)

    def refresh_ends(self, key: str) -> None:
        """The connect is over."""
        self._give(self._budgets.refreshes, self._refreshes, key)

    def link_lives(self, key: str) -> None:
        """A link of `key` outlived a claim."""
        self._take(self._budgets.links, self._links, key)

    def link_ends(self, key: str) -> None:
        """`key` has no link and none is coming."""
        self._give(self._budgets.links, self._links, key)
        self._budgets.idle.drop(self, key)

    def link_rests(self, key: str) -> None:
        """Nothing goes over the link of `key` now."""
        self._budgets.idle.touch(self, key)

    def link_works(self, key: str) -> None:
        """Something goes over the link of `key`."""
        self._budgets.idle.drop(self, key)

    def wait_to_send(self, key: str) -> None:
        """Stand in the queue for an attempt."""
        self._budgets.sends.wait(self, key)

    def wait_to_link(self, key: str) -> None:
        """Stand in the queue for what a refresh lacks; where that is a link, the longest-idle one is to be closed."""
        if not self._may(self._budgets.refreshes, key):
            self._budgets.refreshes.wait(self, key)
            return
        self._budgets.links.wait(self, key)
        longest = self._budgets.idle.longest()
        if longest is not None and isinstance(longest[0], Allowance):
            longest[0].close_idle(longest[1])

    def close_idle(self, key: str) -> None:
        """Ask the owner to close the idle link of `key`."""
        self._budgets.idle.drop(self, key)
        self._granted.add(("close", key))
        self.wakes.append(key)
        self._notify()

    def has_to_close(self, key: str) -> bool:
        """Whether the link of `key` was chosen to make room."""
        return ("close", key) in self._granted

    def settle(self, key: str) -> None:
        """Give back what was set aside for `key` and not used."""
        for budget in (self._budgets.sends, self._budgets.refreshes, self._budgets.links):
            if (budget.kind, key) in self._granted:
                self._granted.discard((budget.kind, key))
                budget.give()
        self._granted.discard(("close", key))

    def close(self) -> None:
        """Give everything back and stand in no queue."""
        for kind, key in list(self._granted):
            if kind != "close":
                self.settle(key)
        for budget, held in self._held():
            budget.forget(self)
            for key in list(held):
                self._give(budget, held, key)
        self._budgets.idle.forget(self)

    def _held(self) -> tuple[tuple[Budget, set[str]], ...]:
        budgets = self._budgets
        return (budgets.sends, self._sends), (budgets.refreshes, self._refreshes), (budgets.links, self._links)

    def _take(self, budget: Budget, held: set[str], key: str) -> None:
        if key in held:
            return
        held.add(key)
        if (budget.kind, key) in self._granted:
            self._granted.discard((budget.kind, key))
        else:
            budget.take()

    def _give(self, budget: Budget, held: set[str], key: str) -> None:
        if key in held:
            held.discard(key)
            budget.give()
