"""A failing history becomes small, and its command line plays exactly that one again."""

from __future__ import annotations

import pytest

from tests.faults.simulation.__main__ import main
from tests.faults.simulation.case import Case, read_parts, written
from tests.faults.simulation.mistakes import planted
from tests.faults.simulation.run import play, shrunk
from tests.faults.simulation.shrinking import Shrinking

MISTAKE = "request ids are forgotten"
PARTS = [*(f"r{number}" for number in range(40)), *(f"f{number}" for number in range(9)), "late", "stalls"]


def test_only_what_is_needed_is_left() -> None:
    needed = {"r3", "r17", "f2"}
    found = Shrinking(lambda case: not needed & case.without).shrink(Case(seed=1), PARTS, 30.0)
    assert found.without == {*PARTS} - needed


def test_things_go_wrong_for_as_short_as_possible() -> None:
    found = Shrinking(lambda case: case.until is None or case.until >= 4.0).shrink(Case(seed=1), [], 30.0)
    assert found.until == pytest.approx(4.0, abs=0.5)


def test_tries_are_bounded() -> None:
    tried: list[Case] = []
    Shrinking(lambda case: not tried.append(case), tries=7).shrink(Case(seed=1), PARTS, 30.0)  # type: ignore[func-returns-value]  # each fails
    assert len(tried) == 7


def test_parts_are_read_as_they_are_written() -> None:
    parts = frozenset({"r0", "r1", "r2", "r9", "f4", "late", "simulated-00001"})
    assert written(parts) == "f4,r0-2,r9,late,simulated-00001"
    assert read_parts(written(parts)) == parts


def test_a_planted_mistake_s_history_shrinks_and_is_played_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with planted(MISTAKE):
        small = shrunk(next(outcome for seed in range(50) if (outcome := play(seed)).violations))
    options = [*small.case.options().split(), "--history", "--mistake", MISTAKE]
    monkeypatch.setattr("sys.argv", ["simulation", *options])
    assert main() == 1
    assert small.digest in capsys.readouterr().out
    assert small.counts["requests"] <= 3
