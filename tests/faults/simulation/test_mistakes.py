"""The simulation notices planted mistakes: one that it does not is a hole in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.faults.simulation.case import Case
from tests.faults.simulation.mistakes import MISTAKES, planted
from tests.faults.simulation.mistakes_about_clients import MISTAKES_ABOUT_CLIENTS
from tests.faults.simulation.mistakes_about_connections import MISTAKES_ABOUT_CONNECTIONS
from tests.faults.simulation.mistakes_about_keys import MISTAKES_ABOUT_KEYS
from tests.faults.simulation.mistakes_about_pairings import MISTAKES_ABOUT_PAIRINGS
from tests.faults.simulation.profile import Weather
from tests.faults.simulation.run import Outcome, play

SEEDS = 400
ONLY: Mapping[str, Weather] = {
    "links outlive the membership": "cut_off",
    "a predecessor's links are not waited for": "move",
    "a connect outlives its own close": "storm",
    "an outcome that is handed on settles whatever attempt runs": "hearsay",
}
"""Faults that hide a mistake when others strike as well, so that few seeds catch it among all."""
FIRST: Mapping[str, int] = {
    "a missing chunk is not noticed": 126,
    "a predecessor's links are not waited for": 110,
    "a claim that came second is acted on": 778,
    "an outcome that is handed on settles whatever attempt runs": 317,
    "a snapshot whose chunks could not all be written is taken for whole": 170,
    "an open question is asked only once": 212,
    "a body that could not be read is never asked for again": 286,
}
"""Where the search begins for mistakes that few seeds notice; a stale one costs time, or is to be looked for anew."""
OF_CLIENTS = {*MISTAKES_ABOUT_CLIENTS, *MISTAKES_ABOUT_KEYS, *MISTAKES_ABOUT_CONNECTIONS}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_caught_by_some_seed(mistake: str) -> None:
    with planted(mistake):
        caught = next((outcome for outcome in _played(mistake) if outcome.violations), None)
    assert caught is not None, f"no seed of {SEEDS} notices that {mistake}"
    print(f"seed {caught.case.seed} notices that {mistake}: {caught.violations[0]}")


def _played(mistake: str) -> Iterator[Outcome]:
    first = FIRST.get(mistake, 0)
    return (play(_case(first + step, mistake)) for step in range(SEEDS))


def _case(seed: int, mistake: str) -> Case:
    pairings = mistake in MISTAKES_ABOUT_PAIRINGS
    return Case(seed=seed, only=ONLY.get(mistake), clients=mistake in OF_CLIENTS, pairings=pairings)
