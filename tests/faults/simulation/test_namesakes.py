"""Two processes of one name: nothing is lost, sent twice or called kept, and the one that claimed first ends."""

from __future__ import annotations

import pytest

from streams.worker.unfit import NamesakeError
from tests.faults.simulation.case import Case
from tests.faults.simulation.run import Run, play

AT_ONCE = 20


@pytest.mark.parametrize("first", range(0, 100, AT_ONCE))
def test_everything_holds_beside_namesakes(first: int) -> None:
    played = {seed: play(Case(seed=seed, namesakes=2)).violations for seed in range(first, first + AT_ONCE)}
    assert not any(played.values()), {seed: found for seed, found in played.items() if found}


def test_the_older_of_two_namesakes_ends() -> None:
    runs = [Run(Case(seed=seed, namesakes=1)) for seed in range(10)]
    for run in runs:
        run.play()
    ended = {(str(w.process), type(w.holdings.unfit)) for run in runs for w in run.crew.workers if w.holdings.unfit}
    assert ("worker-1.1", NamesakeError) in ended
