"""A program of ours as a process that tests may kill, stop and start again; it never outlives the test."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mendline.embedded.order import Order
from mendline.embedded.server import Server

ENV = shutil.which("env") or "/usr/bin/env"
PATIENCE_S = 20.0


class Kill(NamedTuple):
    """When a program was killed: after the one, before the other, in seconds since 1970."""

    after: float
    before: float


class Program:
    """`python -m ARGUMENTS` with an environment of its own; each run has its own file of words in `folder`."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.started_at = 0.0
        self._command = (ENV, *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-m", *arguments)
        self._folder = folder
        self._runs: list[Server] = []

    def start(self) -> None:
        """Start it, once more if it ran before."""
        log = self._log(len(self._runs) + 1)
        order = Order(self._command, str(log), str(self._folder / f"{self.name}.lock"), patience_s=PATIENCE_S)
        server = Server(self.name, order)
        self.started_at = time.time()
        server.start()
        self._runs.append(server)

    @property
    def running(self) -> bool:
        """Whether its last run lives."""
        return bool(self._runs) and self._runs[-1].running

    def kill(self) -> Kill:
        """SIGKILL, and wait until it is dead."""
        after = time.time()
        if self.running:
            # Not through the keeper, whose turn comes later.
            os.kill(self._runs[-1].pid, signal.SIGKILL)
        kill = Kill(after, time.time())
        if self._runs:
            self._runs[-1].kill()
        return kill

    def freeze(self) -> None:
        """SIGSTOP."""
        self._runs[-1].signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._runs[-1].signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM, without waiting."""
        self._runs[-1].signal(signal.SIGTERM)

    def end(self) -> int | None:
        """SIGTERM, and wait for its end; its exit status."""
        return self._runs[-1].stop()

    def wait(self) -> int | None:
        """Wait for its end, which comes by itself; its exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.running and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.end()

    @property
    def pid(self) -> int:
        """The process of its last run."""
        return self._runs[-1].pid

    def words(self) -> str:
        """All that its last run said."""
        return self._log(len(self._runs)).read_text(errors="replace")

    def all_words(self) -> str:
        """All that its runs said."""
        return "".join(self._log(run).read_text(errors="replace") for run in range(1, len(self._runs) + 1))

    def _log(self, run: int) -> Path:
        return self._folder / f"{self.name}-{run}.log"
