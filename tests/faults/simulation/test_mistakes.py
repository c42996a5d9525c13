"""The simulation notices planted mistakes: one that it does not is a hole in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.simulation.mistakes import MISTAKES, planted
from tests.faults.simulation.run import Outcome, play

SEEDS = 400
LIKELY = {
    "a claim that came second is acted on": 100,
    "links outlive the membership": 105,
}
"""Where to begin with mistakes that few seeds catch; any seed may do."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_caught_by_some_seed(mistake: str) -> None:
    with planted(mistake):
        caught = next((outcome for outcome in _played(LIKELY.get(mistake, 0)) if outcome.violations), None)
    assert caught is not None, f"no seed of {SEEDS} notices that {mistake}"
    print(f"seed {caught.seed} notices that {mistake}: {caught.violations[0]}")


def _played(first: int) -> Iterator[Outcome]:
    return (play(seed) for seed in (*range(first, SEEDS), *range(first)))
