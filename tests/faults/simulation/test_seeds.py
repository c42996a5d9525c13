"""A few thousand seeds of the simulation; and that a seed is one history, in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.simulation.case import Case
from tests.faults.simulation.run import play

SEEDS = 3000
AT_ONCE = 50
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_everything_holds_and_comes_to_its_end(first: int) -> None:
    failed = [seed for seed in range(first, first + AT_ONCE) if play(seed).violations]
    assert not failed, f"to see it shrunk: python -m tests.faults.simulation --seeds 1 --from {failed[0]}"


@pytest.mark.parametrize("first", range(0, 200, AT_ONCE))
def test_everything_holds_while_outcomes_are_handed_on_late_and_twice(first: int) -> None:
    cases = (Case(seed=seed, only="hearsay") for seed in range(first, first + AT_ONCE))
    failed = [case.options() for case in cases if play(case).violations]
    assert not failed, f"to see it shrunk: python -m tests.faults.simulation --seeds 1 {failed[0]}"


@pytest.mark.parametrize("first", range(0, 500, AT_ONCE))
def test_every_history_of_clients_holds_and_comes_to_its_end(first: int) -> None:
    cases = (Case(seed=seed, clients=True) for seed in range(first, first + AT_ONCE))
    failed = [case.options() for case in cases if play(case).violations]
    assert not failed, f"to see it shrunk: python -m tests.faults.simulation --seeds 1 {failed[0]}"


def test_a_seed_gives_the_same_history_in_every_process() -> None:
    assert _digests("1") == _digests("2") == [play(seed).digest for seed in range(4)]


def _digests(hash_seed: str) -> list[str]:
    program = "from tests.faults.simulation.run import play; print(*[play(seed).digest for seed in range(4)])"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
