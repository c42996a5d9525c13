"""Plays many seeds: `python -m tests.faults.simulation --seeds 10000 --from 0 --workers 2`, or one with its history."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context

from tests.faults.simulation.mistakes import MISTAKES, planted
from tests.faults.simulation.run import Outcome, play

HISTORY_LINES = 400
PROGRESS_S = 10.0


def main() -> int:
    """Play what the command line asks for; 1 if any seed failed."""
    asked = _arguments()
    if asked.history:
        outcome = _play(asked.start, asked.mistake, tracing=True)
        print(*outcome.history, sep="\n")
        return _tell(outcome, asked.mistake)
    failed = _play_all(asked)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="start", help="the first")
    parser.add_argument("--workers", type=int, default=1, help="processes that play")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many")
    parser.add_argument("--history", action="store_true", help="play the first seed alone, and tell its whole history")
    parser.add_argument("--mistake", choices=[*MISTAKES], help="plant this one")
    return parser.parse_args()


def _play_all(asked: argparse.Namespace) -> int:
    began, told, failed, events = time.monotonic(), time.monotonic(), 0, 0
    for played, outcome in enumerate(_outcomes(asked), 1):
        events += outcome.events
        if outcome.violations:
            failed += 1
            _show(outcome, asked.mistake)
        now = time.monotonic()
        if now - told > PROGRESS_S or played == asked.seeds or failed >= asked.failures:
            told, rate = now, 60 * played / (now - began)
            print(f"{played:,} seeds, {events:,} events, {failed} failed, {rate:,.0f} seeds a minute", flush=True)
        if failed >= asked.failures:
            break
    return failed


def _outcomes(asked: argparse.Namespace) -> Iterator[Outcome]:
    seeds = range(asked.start, asked.start + asked.seeds)
    playing = partial(_play, mistake=asked.mistake)
    if asked.workers == 1:
        yield from map(playing, seeds)
        return
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(playing, seeds, chunksize=8)
        finally:
            pool.shutdown(cancel_futures=True)


def _play(seed: int, mistake: str | None, *, tracing: bool = False) -> Outcome:
    with planted(mistake) if mistake else nullcontext():
        return play(seed, tracing=tracing)


def _show(outcome: Outcome, mistake: str | None) -> None:
    """The end of a failed seed's history, and what was wrong with it."""
    history = _play(outcome.seed, mistake, tracing=True).history
    print(f"--- seed {outcome.seed}, the last {min(len(history), HISTORY_LINES)} of {len(history)} lines")
    print(*history[-HISTORY_LINES:], sep="\n")
    _tell(outcome, mistake)


def _tell(outcome: Outcome, mistake: str | None) -> int:
    for violation in outcome.violations:
        print(f"seed {outcome.seed}: {violation}")
    planted_by = f" --mistake '{mistake}'" if mistake else ""
    print(
        f"seed {outcome.seed}: {len(outcome.violations)} violations, digest {outcome.digest}; again, with its history:"
    )
    print(f"python -m tests.faults.simulation --history --from {outcome.seed}{planted_by}", flush=True)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
