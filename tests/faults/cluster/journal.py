"""What an outside producer remembers when it is killed: ids that it may have published, and those acknowledged."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


class Remembered(NamedTuple):
    """begun: ids from 1 to this may have been published. kept: those that were acknowledged."""

    begun: int
    kept: frozenset[int]

    @property
    def doubtful(self) -> list[int]:
        """Ids to publish again: nobody knows whether they are in the log."""
        return [number for number in range(1, self.begun + 1) if number not in self.kept]


def remembered(path: Path) -> Remembered:
    """All that was noted; a torn last line counts for nothing."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    numbers = {sign: [int(line[1:]) for line in lines if line[0] == sign] for sign in "+="}
    return Remembered(max(numbers["+"], default=0), frozenset(numbers["="]))


class Journal:
    """A context manager that notes; each note is with the system before the call returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def begin(self, number: int) -> None:
        """Ids up to this one may be published from now on."""
        os.write(self._file, f"+{number}\n".encode())

    def keep(self, number: int) -> None:
        """This one is in the log."""
        os.write(self._file, f"={number}\n".encode())
