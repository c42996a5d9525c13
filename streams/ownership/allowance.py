"""The units of the process's budgets that one owner uses: taken with an intent, given back with its outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from streams.ownership.budgets import Budget, Budgets, Kind


class Allowance:
    """One owner's part in the budgets; what each device uses follows from its state, so nothing can leak.

    notify: called when something happened for one of `wakes`, whose devices then want to be asked.
    """

    __slots__ = ("_budgets", "_granted", "_links", "_notify", "_pairings", "_refreshes", "_sends", "_to_close", "wakes")

    def __init__(self, budgets: Budgets, notify: Callable[[], None]) -> None:
        self._budgets = budgets
        self._notify = notify
        self._granted: set[tuple[Kind, str]] = set()
        self._to_close: set[str] = set()
        self._sends: set[str] = set()
        self._refreshes: set[str] = set()
        self._links: set[str] = set()
        self._pairings: set[str] = set()
        self.wakes: deque[str] = deque()

    def granted(self, kind: Kind, key: str) -> None:
        """What `key` waited for is set aside for it (see Holder)."""
        self._granted.add((kind, key))
        self._wake(key)

    def close_idle(self, key: str) -> None:
        """The idle link of `key` is to be closed (see Holder)."""
        self._to_close.add(key)
        self._wake(key)

    def _wake(self, key: str) -> None:
        self.wakes.append(key)
        self._notify()

    def may_send(self, key: str) -> bool:
        """Whether an attempt of `key` may begin now."""
        return self._budgets.sending.free() or ("sends", key) in self._granted

    def may_link(self, key: str) -> bool:
        """Whether a refresh of `key` may begin now; one that replaces a live link needs no other."""
        if ("links", key) in self._granted:
            return True
        return self._budgets.refreshes.left() > 0 if key in self._links else self._budgets.connects.free()

    def may_pair(self) -> bool:
        """Whether a pairing may begin now."""
        return self._budgets.pairings.left() > 0

    def hold_pairing(self, key: str, *, wanted: bool) -> None:
        """Use a unit for the pairing of `key`, or give it back."""
        if wanted is not (key in self._pairings):
            self._hold(self._budgets.pairings, self._pairings, key, wanted=wanted)

    def has_to_close(self, key: str) -> bool:
        """Whether the link of `key` was chosen to make room, and room is still needed; it is told only once."""
        if key not in self._to_close:
            return False
        self._to_close.discard(key)
        self._budgets.closing -= 1
        return len(self._budgets.connects) > 0 or self._budgets.links.left() < 0

    def hold(self, key: str, *, sends: bool, connects: bool, linked: bool) -> None:
        """Use what `key` needs from now on, and give back what it needs no more."""
        if self._granted:
            self._use_grants(key, sends=sends, connects=connects)
        if sends is not (key in self._sends):
            self._hold(self._budgets.sends, self._sends, key, wanted=sends)
        if linked is not (key in self._links):
            if not linked:
                self._budgets.idle.drop(self, key)
            self._hold(self._budgets.links, self._links, key, wanted=linked)
        if connects is not (key in self._refreshes):
            self._hold(self._budgets.refreshes, self._refreshes, key, wanted=connects)

    def _use_grants(self, key: str, *, sends: bool, connects: bool) -> None:
        """What was set aside is taken anew in the same moment, so nobody else is asked between."""
        if sends and ("sends", key) in self._granted:
            self._granted.discard(("sends", key))
            self._budgets.sends.used -= 1
        if connects and ("links", key) in self._granted:
            self._granted.discard(("links", key))
            self._budgets.refreshes.used -= 1
            self._budgets.links.used -= 1

    def _hold(self, budget: Budget, held: set[str], key: str, *, wanted: bool) -> None:
        if wanted:
            held.add(key)
            budget.used += 1
        else:
            held.discard(key)
            self._budgets.give(budget)

    def link_rests(self, key: str) -> None:
        """No send needs the link of `key` now."""
        if key in self._links and key not in self._to_close:
            self._budgets.idle.add(self, key)
            if len(self._budgets.connects):
                self._budgets.move_up()

    def link_works(self, key: str) -> None:
        """The link of `key` is needed."""
        self._budgets.idle.drop(self, key)

    def wait_to_send(self, key: str) -> None:
        """Stand in line for an attempt."""
        self._budgets.sending.join(self, key)

    def wait_to_link(self, key: str) -> None:
        """Stand in line for a refresh and its link; where only a link lacks, one that rests is to be closed."""
        self._budgets.connects.join(self, key)
        self._budgets.move_up()

    def settle(self, key: str) -> None:
        """`key` was asked: what was set aside for it and not used goes back, and a link not closed makes no room."""
        budgets = self._budgets
        if key in self._to_close:
            self._to_close.discard(key)
            budgets.closing -= 1
        if ("sends", key) in self._granted:
            self._granted.discard(("sends", key))
            budgets.sends.used -= 1
        if ("links", key) in self._granted:
            self._granted.discard(("links", key))
            budgets.refreshes.used -= 1
            budgets.links.used -= 1
        budgets.move_up()

    def close(self) -> None:
        """Give everything back and stand in no line."""
        budgets = self._budgets
        for part in (budgets.sending, budgets.connects, budgets.idle):
            part.forget(self)
        budgets.closing -= len(self._to_close)
        self._to_close.clear()
        for _, key in list(self._granted):
            self.settle(key)
        for key in self._sends | self._refreshes | self._links:
            self.hold(key, sends=False, connects=False, linked=False)
        for key in list(self._pairings):
            self.hold_pairing(key, wanted=False)
