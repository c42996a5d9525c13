"""Plays many seeds on all cores, or one history: `python -m tests.faults.simulation --seeds 10000 --from 0`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tests.faults.arguments import at_least, positive
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
    return Case(
        seed=seed,
        only=asked.only,
        namesakes=asked.namesakes,
        clients=asked.clients,
        pairings=asked.pairings,
        without=without,
        until=until,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation", description=__doc__)
    parser.add_argument("--seeds", type=at_least(1), default=1000, help="how many")
    parser.add_argument("--from", type=at_least(0), metavar="SEED", default=0, dest="start", help="the first")
    cores = os.cpu_count() or 1
    parser.add_argument("--workers", type=at_least(1), default=cores, help="processes that play (all cores)")
    parser.add_argument("--failures", type=at_least(1), default=5, help="stop after so many")
    _offer(parser, "--only", "FAULT", [*FAULTS, "storm", "hearsay"], "let nothing go wrong but one of")
    _offer(parser, "--mistake", "WORDS", [*MISTAKES], "plant one of")
    parser.add_argument("--clients", action="store_true", help="histories of clients only, instead of some")
    pairings = argparse.BooleanOptionalAction
    parser.add_argument("--pairings", action=pairings, default=None, help="histories of devices that are paired only")
    parser.add_argument("--history", action="store_true", help="play the first seed alone, and tell its whole history")
    parser.add_argument("--without", default="", help="with --history: parts left out, as a shrunk failure names them")
    parser.add_argument("--namesakes", type=at_least(0), default=0, help="how many workers get a second of their name")
    parser.add_argument("--until", type=positive, help="with --history: seconds for which things go wrong")
    return parser.parse_args()


def _offer(parser: argparse.ArgumentParser, option: str, metavar: str, names: Sequence[str], words: str) -> None:
    # Their names are a page long: they belong into the help, not into the usage that every error shows.
    parser.add_argument(option, metavar=metavar, choices=names, help=f"{words}: {'; '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
