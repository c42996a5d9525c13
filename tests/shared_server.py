"""One server for all processes of a test run: who first asks starts it, and ends it after all left."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

POLL_S = 0.05


class SharedServer:
    """A server that this process starts or finds started by another worker of the run."""

    def __init__(self, folder: Path, start: Callable[[Path, ExitStack], str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._start = start
        self._server = ExitStack()
        self._starter = (folder / "starter").open("w")
        self._users = (folder / "users").open("w")
        self._started_here = False

    def join(self) -> str:
        """The server's address; it stays there until `leave`."""
        address = self._folder / "address"
        with self._door():
            # Who starts the server holds this lock as long as the server runs.
            self._started_here = _try_lock(self._starter)
            if self._started_here:
                address.write_text(self._address_of_a_started_one())
            fcntl.flock(self._users, fcntl.LOCK_SH)
        return address.read_text()

    def _address_of_a_started_one(self) -> str:
        try:
            return self._start(self._folder / "server", self._server)
        except BaseException:
            # The next worker tries again, instead of looking for an address that nobody wrote.
            self._started_here = False
            fcntl.flock(self._starter, fcntl.LOCK_UN)
            raise

    def spare(self) -> None:
        """Need the server no longer, and do not wait for others that do."""
        fcntl.flock(self._users, fcntl.LOCK_UN)

    def leave(self) -> None:
        """Need the server no longer; who started it waits for all others and ends it."""
        self.spare()
        while self._started_here and not self._ended():
            time.sleep(POLL_S)
        self._users.close()
        self._starter.close()

    def _ended(self) -> bool:
        with self._door():
            if not _try_lock(self._users):
                return False
            self._server.close()
            shutil.rmtree(self._folder / "server", ignore_errors=True)
            fcntl.flock(self._starter, fcntl.LOCK_UN)
        return True

    @contextmanager
    def _door(self) -> Iterator[None]:
        with (self._folder / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield


def leave_all(servers: list[SharedServer]) -> None:
    """Need none of these servers any longer; who started one waits for all others and ends it."""
    # All are spared before the first wait: two processes that started one each would wait for each other.
    for server in servers:
        server.spare()
    for server in servers:
        server.leave()


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
