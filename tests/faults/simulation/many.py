"""Many seeds on several processes: a progress bar, each failure shrunk, and a summary."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests.faults.simulation.case import Case
from tests.faults.simulation.mistakes import planted
from tests.faults.simulation.profile import FAULTS
from tests.faults.simulation.run import Outcome, play, shrunk
from tests.faults.simulation.telling import tell_failure

AT_ONCE = 16
FAILED, INTERRUPTED = 1, 130
FIRST = ("requests", "sends", "connects", "closes", "asks", "claims")


class Summary:
    """What many histories amount to."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.played = self.events = self.failed = self.violations = 0
        self._began = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Take in a history."""
        self.played += 1
        self.events += outcome.events
        self.failed += bool(outcome.violations)
        self.violations += len(outcome.violations)
        self.counts += outcome.counts

    def lines(self, first: Case) -> Iterator[str]:
        """The summary, a line each."""
        took = time.monotonic() - self._began
        yield f"seeds {first.seed}-{first.seed + self.played - 1}: {self.played:,} histories in {took:,.0f} s"
        yield ", ".join(["events " + f"{self.events:,}", *self._figures(FIRST)])
        yield "faults: " + ", ".join(self._figures(FAULTS))
        others = [name for name, _ in self.counts.most_common() if name not in {*FIRST, *FAULTS}]
        yield "appends and fetches: " + ", ".join(self._figures(others))
        yield f"violations: {self.violations} in {self.failed} histories"

    def _figures(self, names: Sequence[str]) -> list[str]:
        return [f"{name} {self.counts[name]:,}" for name in names]


def play_many(cases: Sequence[Case], workers: int, failures: int, mistake: str | None) -> int:
    """Play every case, until so many have failed or somebody interrupts; the exit status: FAILED if any has failed."""
    summary, console = Summary(), Console(highlight=False)
    status, interrupts = 0, list[int]()
    try:
        with _noted_interrupts() as interrupts, _bar(console) as bar, _outcomes(cases, workers, mistake) as outcomes:
            task = bar.add_task("0 violations", total=len(cases))
            for outcome in outcomes:
                summary.add(outcome)
                bar.update(task, completed=summary.played, description=f"{summary.violations} violations")
                if outcome.violations:
                    _show(outcome, mistake, console)
                if summary.failed >= failures or interrupts:
                    break
    except KeyboardInterrupt:
        interrupts = [signal.SIGINT]
    if interrupts:
        console.print("interrupted")
        status = INTERRUPTED
    if summary.played:
        console.print(*summary.lines(cases[0]), sep="\n", soft_wrap=True)
    return FAILED if summary.failed else status


@contextmanager
def _noted_interrupts() -> Iterator[list[int]]:
    """Ctrl-C is noted, and only the second is raised: in the midst of a pool's own work it would leave that hanging."""
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


def _bar(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(TextColumn("{task.description}"), *columns, console=console)


@contextmanager
def _outcomes(cases: Sequence[Case], workers: int, mistake: str | None) -> Iterator[Iterator[Outcome]]:
    playing = partial(_play, mistake=mistake)
    if workers == 1:
        yield map(playing, cases)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            with _deaf():
                outcomes = pool.map(playing, cases, chunksize=AT_ONCE)
            yield outcomes
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started meanwhile never hear Ctrl-C: their parent ends them, and says what came of it."""
    # Blocked, not ignored: one that comes meanwhile reaches the parent afterwards.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _play(case: Case, mistake: str | None) -> Outcome:
    with planted(mistake):
        return play(case)


def _show(outcome: Outcome, mistake: str | None, console: Console) -> None:
    console.print(
        f"seed {outcome.case.seed} failed: {outcome.violations[0]}", "it is being shrunk", sep="\n", markup=False
    )
    with planted(mistake):
        tell_failure(shrunk(outcome), mistake)
