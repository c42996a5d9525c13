"""The idempotency window, against a plain list of what was settled."""

from __future__ import annotations

import tracemalloc

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.device.facts import Seen
from streams.ownership.window import Window

devices = st.sampled_from(["d1", "d2", "d3"])
ids = st.sampled_from("abcdefgh")


class WindowMachine(RuleBasedStateMachine):
    """Remembers three settled sends of a device, five in all."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(settled_per_device=3, settled_in_all=5)
        self.number = 0
        self.settled: list[tuple[tuple[str, str], int]] = []

    @rule(device=devices, id=ids)
    def settle(self, device: str, id: str) -> None:
        self.reopen(device, id)
        self.number += 1
        self.window.settle(device, id, f"{self.number:016x}", self.number)
        self.settled.append(((device, id), self.number))
        of_device = [item for item in self.settled if item[0][0] == device]
        if len(of_device) > 3:
            self.settled.remove(of_device[0])
        self.settled = self.settled[-5:]

    @rule(device=devices, id=ids)
    def reopen(self, device: str, id: str) -> None:
        self.window.reopen(device, id)
        self.settled = [(key, first) for key, first in self.settled if key != (device, id)]

    @invariant()
    def the_last_settled_ones_are_remembered(self) -> None:
        expected = {key: Seen(f"{first:016x}", first, True) for key, first in self.settled}
        found = {(d, i): self.window.get(d, i) for d in ("d1", "d2", "d3") for i in "abcdefgh"}
        assert {key: seen for key, seen in found.items() if seen} == expected
        assert len(self.window) == len(expected)

    @rule()
    def save_and_restore(self) -> None:
        saved = self.window.saved()
        restored = Window.restored(saved)
        assert restored.saved() == saved
        self.window = Window(settled_per_device=3, settled_in_all=5)
        for (device, id), first in self.settled:
            self.window.settle(device, id, f"{first:016x}", first)
        assert self.window == restored


WindowMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestWindow = WindowMachine.TestCase


def _filled(order: str) -> Window:
    window = Window()
    for number, id in enumerate(order):
        window.settle("d", id, "0" * 16, number)
    return window


def test_two_windows_that_saw_the_same_are_equal() -> None:
    assert _filled("abc") == _filled("abc")
    assert _filled("abc") != _filled("acb")
    assert _filled("abc") != "abc"


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    window = Window(settled_per_device=3, settled_in_all=50)
    for number in range(1000):
        device_id = "quiet" if number % 200 == 0 else "busy"
        window.settle(device_id, str(number), "0" * 16, number)
    assert len(window) == 6
    assert window.get("quiet", "400") is not None
    assert len(window._order) < 100


def test_a_send_that_settles_again_and_again_leaves_nothing_behind() -> None:
    window = Window()
    for _ in range(1000):
        window.settle("d", "a", "0" * 16, 7)
        window.reopen("d", "a")
    assert (len(window), window.get("d", "a")) == (0, None)
    assert len(window._order) < 100


def test_a_settled_send_costs_32_bytes() -> None:
    window = Window()
    tracemalloc.start()
    for number in range(20_000):
        window.settle(f"d{number % 50}", str(number), "0" * 16, number)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 20_000 * 40
