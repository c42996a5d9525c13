"""Plays many seeds on all cores, or one history: `python -m tests.faults.simulation --seeds 10000 --from 0`."""

from __future__ import annotations

import argparse
import os
import sys

from tests.faults.simulation.case import Case, read_parts
from tests.faults.simulation.many import play_many
from tests.faults.simulation.mistakes import MISTAKES, planted
from tests.faults.simulation.profile import FAULTS
from tests.faults.simulation.run import play
from tests.faults.simulation.telling import tell_failure


def main() -> int:
    """Play what the command line asks for; 1 if any history broke a rule."""
    asked = _arguments()
    if asked.history:
        without = read_parts(asked.without)
        case = _case(asked, asked.start, without, asked.until)
        with planted(asked.mistake):
            outcome = play(case, tracing=True)
        tell_failure(outcome, asked.mistake)
        return 1 if outcome.violations else 0
    cases = [_case(asked, asked.start + number) for number in range(asked.seeds)]
    return play_many(cases, asked.workers, asked.failures, asked.mistake)


def _case(
    asked: argparse.Namespace, seed: int, without: frozenset[str] = frozenset(), until: float | None = None
) -> Case:
    return Case(seed=seed, only=asked.only, namesakes=asked.namesakes, without=without, until=until)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="start", help="the first")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that play (all cores)")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many")
    parser.add_argument("--only", choices=[*FAULTS, "storm"], help="let nothing go wrong but this")
    parser.add_argument("--mistake", choices=[*MISTAKES], help="plant this one")
    parser.add_argument("--history", action="store_true", help="play the first seed alone, and tell its whole history")
    parser.add_argument("--without", default="", help="with --history: parts left out, as a shrunk failure names them")
    parser.add_argument("--namesakes", type=int, default=0, help="how many workers get a second process of their name")
    parser.add_argument("--until", type=float, help="with --history: seconds for which things go wrong")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
