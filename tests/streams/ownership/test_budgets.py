"""Budgets, shared by two owners, against what each device is known to hold."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streams.ownership.allowance import Allowance
from streams.ownership.budgets import Budgets

owners = st.integers(0, 1)
keys = st.sampled_from(["a", "b", "c", "d"])


class BudgetMachine(RuleBasedStateMachine):
    """Devices want to send and to connect, get what they wait for, and give it back."""

    def __init__(self) -> None:
        super().__init__()
        self.begin((1, 1, 1))

    @initialize(limits=st.tuples(*[st.integers(1, 3)] * 3))
    def begin(self, limits: tuple[int, int, int]) -> None:
        self.limits = limits
        self.budgets = Budgets(*limits)
        self.notices = 0
        self.allowances = [self._allowance(), self._allowance()]
        self.held: dict[tuple[int, str], dict[str, bool]] = {}

    def _allowance(self) -> Allowance:
        return Allowance(self.budgets, self._notice)

    def _notice(self) -> None:
        self.notices += 1

    def _hold(self, owner: int, key: str, **changes: bool) -> None:
        none = {"sends": False, "connects": False, "linked": False}
        self.held[owner, key] = held = self.held.get((owner, key), none) | changes
        self.allowances[owner].hold(key, **held)

    def _holds(self, owner: int, key: str, what: str) -> bool:
        return self.held.get((owner, key), {}).get(what, False)

    @rule(owner=owners, key=keys)
    def send_or_wait(self, owner: int, key: str) -> None:
        if self._holds(owner, key, "sends"):
            return
        if self.allowances[owner].may_send(key):
            self._hold(owner, key, sends=True)
        else:
            self.allowances[owner].wait_to_send(key)
        self._serve()

    @rule(owner=owners, key=keys)
    def end_send(self, owner: int, key: str) -> None:
        self._hold(owner, key, sends=False)
        self._serve()

    @rule(owner=owners, key=keys)
    def connect_or_wait(self, owner: int, key: str) -> None:
        if self._holds(owner, key, "connects"):
            return
        if self.allowances[owner].may_link(key):
            self._hold(owner, key, connects=True, linked=True)
        else:
            self._hold(owner, key, linked=False)
            self.allowances[owner].wait_to_link(key)
        self._serve()

    @rule(owner=owners, key=keys, up=st.booleans(), rests=st.booleans())
    def end_connect(self, owner: int, key: str, up: bool, rests: bool) -> None:
        if not self._holds(owner, key, "connects"):
            return
        self._hold(owner, key, connects=False, linked=up)
        if up and rests:
            self.allowances[owner].link_rests(key)
        self._serve()

    @rule(owner=owners, key=keys, rests=st.booleans())
    def use_link(self, owner: int, key: str, rests: bool) -> None:
        if self._holds(owner, key, "linked") and not self._holds(owner, key, "connects"):
            (self.allowances[owner].link_rests if rests else self.allowances[owner].link_works)(key)
        self._serve()

    @rule(owner=owners, key=keys)
    def lose_link(self, owner: int, key: str) -> None:
        if not self._holds(owner, key, "connects"):
            self._hold(owner, key, linked=False)
        self._serve()

    @rule(owner=owners)
    def replace_owner(self, owner: int) -> None:
        self.allowances[owner].close()
        self.allowances[owner] = self._allowance()
        self.held = {place: held for place, held in self.held.items() if place[0] != owner}
        self._serve()

    def _serve(self) -> None:
        """As owners do: whoever got something is asked, uses it or gives it back."""
        for _ in range(1000):
            if not any(allowance.wakes for allowance in self.allowances):
                return
            for owner, allowance in enumerate(self.allowances):
                while allowance.wakes:
                    self._ask(owner, allowance, allowance.wakes.popleft())
        raise AssertionError("units are passed on for ever")

    def _ask(self, owner: int, allowance: Allowance, key: str) -> None:
        if allowance.has_to_close(key) and not self._holds(owner, key, "connects"):
            self._hold(owner, key, linked=False)
        if ("links", key) in allowance._granted and not self._holds(owner, key, "linked"):
            self._hold(owner, key, connects=True, linked=True)
        if ("sends", key) in allowance._granted and not self._holds(owner, key, "sends"):
            self._hold(owner, key, sends=True)
        allowance.settle(key)

    @invariant()
    def nothing_leaks_and_nothing_is_lent_twice(self) -> None:
        budgets = self.budgets
        used = [sum(held[what] for held in self.held.values()) for what in ("sends", "connects", "linked")]
        assert [budgets.sends.used, budgets.refreshes.used, budgets.links.used] == used
        assert all(u <= limit for u, limit in zip(used, self.limits, strict=True))
        assert budgets.closing == 0

    @invariant()
    def nobody_waits_for_what_is_left(self) -> None:
        budgets = self.budgets
        assert not (len(budgets.sending) and budgets.sends.left())
        assert not (len(budgets.connects) and budgets.refreshes.left() and budgets.links.left())
        assert not (len(budgets.connects) and budgets.refreshes.left() and len(budgets.idle))


BudgetMachine.TestCase.settings = settings(max_examples=100, deadline=None)
TestBudgets = BudgetMachine.TestCase


def _waiting(budgets: Budgets) -> tuple[Allowance, list[str]]:
    noticed: list[str] = []
    return Allowance(budgets, lambda: noticed.append("noticed")), noticed


def test_a_share_is_rounded_down_and_never_nothing() -> None:
    budgets = Budgets(sends=10, refreshes=3, links=100)
    budgets.share(1, 8)
    assert (budgets.sends.limit, budgets.refreshes.limit, budgets.links.limit) == (1, 1, 12)
    budgets.share(0, 0)
    assert budgets.links.limit == 1


def test_a_larger_share_serves_those_who_wait() -> None:
    budgets = Budgets(sends=8)
    budgets.share(1, 8)
    allowance, noticed = _waiting(budgets)
    allowance.hold("a", sends=True, connects=False, linked=False)
    allowance.wait_to_send("b")
    budgets.share(2, 8)
    assert noticed == ["noticed"]
    assert allowance.may_send("b")


def test_a_smaller_share_closes_the_links_that_are_too_many_once_they_rest() -> None:
    budgets = Budgets(links=4)
    allowance, _ = _waiting(budgets)
    for key in "abcd":
        allowance.hold(key, sends=False, connects=False, linked=True)
        allowance.link_rests(key)
    budgets.share(1, 2)
    assert list(allowance.wakes) == ["a", "b"]
    assert allowance.has_to_close("a")


def test_first_come_is_first_served() -> None:
    allowance, _ = _waiting(Budgets(sends=1))
    allowance.hold("a", sends=True, connects=False, linked=False)
    for key in ("b", "c", "b"):
        allowance.wait_to_send(key)
    allowance.hold("a", sends=False, connects=False, linked=False)
    assert list(allowance.wakes) == ["b"]
    assert not allowance.may_send("a")


def test_the_link_that_rests_longest_is_closed_first() -> None:
    allowance, _ = _waiting(Budgets(links=2))
    for key in ("a", "b"):
        allowance.hold(key, sends=False, connects=False, linked=True)
    for key in ("b", "a", "b"):
        allowance.link_rests(key)
    allowance.wait_to_link("c")
    assert list(allowance.wakes) == ["b"]


def test_if_the_chosen_link_is_busy_by_then_another_is_chosen() -> None:
    allowance, _ = _waiting(Budgets(links=2))
    for key in ("a", "b"):
        allowance.hold(key, sends=False, connects=False, linked=True)
        allowance.link_rests(key)
    allowance.wait_to_link("c")
    assert allowance.wakes.popleft() == "a"
    assert allowance.has_to_close("a")
    allowance.link_works("a")
    allowance.settle("a")
    assert list(allowance.wakes) == ["b"]


def test_if_all_links_are_busy_the_first_to_rest_is_closed() -> None:
    allowance, _ = _waiting(Budgets(links=1))
    allowance.hold("a", sends=False, connects=False, linked=True)
    allowance.wait_to_link("b")
    assert not allowance.wakes
    allowance.link_rests("a")
    assert list(allowance.wakes) == ["a"]


def test_a_mended_link_needs_no_second_unit() -> None:
    budgets = Budgets(links=1)
    allowance, _ = _waiting(budgets)
    allowance.hold("a", sends=False, connects=False, linked=True)
    allowance.wait_to_link("b")
    assert allowance.may_link("a")
    allowance.hold("a", sends=False, connects=True, linked=True)
    assert (budgets.refreshes.used, budgets.links.used) == (1, 1)


def test_two_that_lack_different_units_are_not_served_by_halves() -> None:
    budgets = Budgets(refreshes=1, links=1)
    allowance, _ = _waiting(budgets)
    allowance.hold("a", sends=False, connects=True, linked=True)
    allowance.wait_to_link("b")
    allowance.hold("a", sends=False, connects=False, linked=True)
    assert not allowance.wakes
    assert budgets.refreshes.used == 0


def test_an_owner_that_goes_gives_everything_back_and_asks_for_nothing() -> None:
    budgets = Budgets(sends=1, refreshes=1, links=1)
    allowance, noticed = _waiting(budgets)
    allowance.hold("a", sends=True, connects=True, linked=True)
    allowance.wait_to_send("b")
    allowance.wait_to_link("b")
    allowance.close()
    used: Any = (budgets.sends.used, budgets.refreshes.used, budgets.links.used)
    assert used == (0, 0, 0)
    assert noticed == []
