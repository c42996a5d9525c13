"""What a soak does, told as it does it, and counted."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal, NamedTuple

What = Literal["kill -9", "SIGSTOP", "SIGTERM"]

BROKER_BACK = "all partitions at work after the broker's return"
WORKER_BACK = "all partitions at work after the worker's start"
WORKER_AWAKE = "all partitions at work after the worker's waking"
WORKER_LOST = "a dead worker's partitions at work elsewhere"
BARS_S = {BROKER_BACK: 10.0, WORKER_BACK: 3.0, WORKER_LOST: 2.0 + 5.0}
"""Of what is waited for: the longest that is allowed, on a machine that has nothing else to do."""


class Harm(NamedTuple):
    """A signal to a process, between two times in seconds since 1970; a stopped process goes on at the second."""

    who: str
    what: What
    after: float
    before: float


class Story:
    """Prints each thing with its time, keeps it in a file, and counts."""

    def __init__(self, file: Path) -> None:
        self.harms: list[Harm] = []
        self.faults: Counter[str] = Counter()
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        """By what was waited for: the seconds it took, where nothing else went wrong meanwhile."""
        self.ended: list[str] = []
        """What ended though nobody had ended it."""
        self._file = file
        self._began = time.monotonic()

    def say(self, words: str) -> None:
        """Tell one thing."""
        line = f"{time.monotonic() - self._began:7.1f} s  {words}\n"
        sys.stdout.write(line)
        sys.stdout.flush()
        with self._file.open("a") as file:
            file.write(line)

    def harmed(self, who: str, what: What, after: float) -> None:
        """A process was harmed from `after` until now."""
        self.harms.append(Harm(who, what, after, time.time()))

    def count(self, *what: What) -> Counter[str]:
        """How often such a signal reached which kind of process."""
        return Counter(f"{harm.what} of {kind(harm.who)}" for harm in self.harms if harm.what in what)


def kind(who: str) -> str:
    """What a process is, without its number."""
    return who.rstrip("0123456789").rstrip("-")
