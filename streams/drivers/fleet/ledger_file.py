"""The ledger's file: appended to while the fleet runs, and what a restarted fleet remembers from it."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from streams.drivers.simulation.ledger import LEFT, Ledger
from streams.drivers.simulation.model import Simulation

LONGEST_LINE = 64 * 1024
"""Far more bytes than an entry can have."""


class LedgerFile:
    """Moves entries from memory to the end of a file; one fleet at a time writes to it."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        cut_torn_line(path)
        self.path = path
        self.entries = 0
        self._ledger = ledger
        self._file = path.open("ab", buffering=0)

    def save(self) -> None:
        """Hand every new entry to the system; a fleet that is killed loses nothing older."""
        self.entries += len(self._ledger)
        rest = memoryview(self._ledger.take())
        while rest:
            rest = rest[self._file.write(rest) :]

    def sync(self) -> None:
        """Save, and wait until it lies on the disk."""
        self.save()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Save for the last time."""
        self.sync()
        self._file.close()


def cut_torn_line(path: Path) -> None:
    """Drop a last line that a killed fleet did not finish."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(0, size - LONGEST_LINE))
        file.truncate(start + file.read().rfind(b"\n") + 1)


def recall(simulation: Simulation, path: Path) -> None:
    """Let a fleet that starts again know which messages left before, so that it drops their repeats."""
    with path.open("rb") as file:
        for fields in map(orjson.loads, file):
            if fields["what"] in LEFT:
                simulation.remember(fields["driver"], fields["device_id"], fields["message_id"])
