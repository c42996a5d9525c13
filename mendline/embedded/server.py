"""A server process of ours, run by a keeper that ends it with us."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mendline.embedded.order import LOCK_TAKEN, Order
from mendline.errors import FolderInUseError, ServerStartError

LEFTOVER_PATIENCE_S = 10.0
POLL_S = 0.02
LAST_WORDS_CHARACTERS = 1500


class Server:
    """One run of one server; make a new one to run it again."""

    def __init__(self, name: str, order: Order) -> None:
        self._name = name
        self._order = order
        self._keeper: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def start(self) -> None:
        """Start the server once a run left behind has ended; raises FolderInUseError, ServerStartError."""
        end_leftover(Path(self._order.lock))
        command = [sys.executable, "-I", "-m", "mendline.embedded.keeper", self._order.as_argument()]
        keeper = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        assert keeper.stdout is not None
        self._keeper = keeper
        started = keeper.stdout.readline()
        if not started:
            self._raise_not_started(keeper.wait())
        self.pid = int(started)

    @property
    def running(self) -> bool:
        """Whether the server has been started and has not ended."""
        return self._keeper is not None and self._keeper.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `ready`; raises ServerStartError, with the server's last words."""
        give_up_at = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                message = f"{self._name} ended instead of starting: {self._last_words()}"
                raise ServerStartError(message)
            if time.monotonic() > give_up_at:
                message = f"{self._name} did not answer within {timeout_s:g} s: {self._last_words()}"
                raise ServerStartError(message)
            time.sleep(POLL_S)

    def signal(self, number: int) -> None:
        """Send the server a signal; nothing happens when it has ended."""
        if self._keeper is not None and self._keeper.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._keeper.stdin.write(bytes([number]))

    def stop(self) -> int | None:
        """Ask the server to end, make it end when it does not, and return its exit status."""
        return self._let_go()

    def kill(self) -> int | None:
        """End the server as a crash would, and return its exit status."""
        self.signal(signal.SIGKILL)
        return self._let_go()

    def finish(self, timeout_s: float) -> None:
        """Wait for a program that ends by itself; raises ServerStartError unless it succeeded."""
        assert self._keeper is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(timeout_s)
        if self._let_go() != 0:
            message = f"{self._name} could not be prepared: {self._last_words()}"
            raise ServerStartError(message)

    def _let_go(self) -> int | None:
        if self._keeper is None:
            return None
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.stdout.close()
        return self._keeper.wait()

    def _raise_not_started(self, status: int) -> None:
        self._let_go()
        if status == LOCK_TAKEN:
            message = f"{self._name} runs already in {Path(self._order.lock).parent}: stop it first"
            raise FolderInUseError(message)
        message = f"{self._name} could not be started: {sys.executable} ended with status {status}"
        raise ServerStartError(message)

    def _last_words(self) -> str:
        words = Path(self._order.log).read_text(errors="replace").strip()
        return f"{words[-LAST_WORDS_CHARACTERS:] or 'it said nothing'} (all of it: {self._order.log})"


def end_leftover(lock: Path) -> None:
    """Wait for what a killed process left running, or end it; raises FolderInUseError if it is owned."""
    give_up_at = time.monotonic() + LEFTOVER_PATIENCE_S
    while _is_held(lock):
        if time.monotonic() > give_up_at:
            _kill_orphan(lock)
            give_up_at = time.monotonic() + LEFTOVER_PATIENCE_S
        time.sleep(POLL_S)


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _kill_orphan(lock: Path) -> None:
    keeper, server = (int(number) for number in lock.read_text().split())
    if _is_alive(keeper):
        message = f"{lock.parent} is used by a running server (process {server}): stop what started it"
        raise FolderInUseError(message)
    with contextlib.suppress(ProcessLookupError):
        os.kill(server, signal.SIGKILL)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
