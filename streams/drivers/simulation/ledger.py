"""The receivers' truth: what a simulated fleet was asked to do and what left, append-only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import orjson

Happening = Literal[
    "sent", "sent_answer_lost", "repeat_dropped", "lost", "rejected", "deferred", "new_chat_locked",
    "not_connected", "asked_found", "asked_rejected", "asked_not_found", "asked_unanswered",
    "connecting", "overlapped", "connected", "unreachable", "needs_pairing", "banned", "replaced",
    "dropped", "closed", "nothing_to_close", "abandoned", "pairing", "pairing_ended", "paired", "unpaired",
]  # fmt: skip
"""What can happen (docs/drivers/simulator.md says what each means)."""

LEFT: frozenset[Happening] = frozenset({"sent", "sent_answer_lost"})
"""After these the receiver has one copy more."""


class Holder(Protocol):
    """Who asked: a worker's name, its driver, and the number of its connection to the fleet."""

    driver: str
    worker: str
    number: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, at `at` seconds since 1970 (UTC)."""

    at: float
    worker: str
    session: int
    driver: str
    device_id: str
    link: int | None
    message_id: str | None
    attempt: int | None
    what: Happening

    @property
    def left(self) -> bool:
        """Whether the receiver has one copy more since."""
        return self.what in LEFT


Cell = float | int | str | Holder | None


class Ledger:
    """Entries in the order in which they happened.

    The cells of all entries lie in one flat list: no object an entry, so that a million of them cost 90 MB and
    the garbage collector one list (benchmarks/simulator.py).
    """

    def __init__(self) -> None:
        self._cells: list[Cell] = []

    def __len__(self) -> int:
        return len(self._cells) // 7

    def add(
        self,
        at: float,
        holder: Holder,
        device_id: str,
        link: int | None,
        what: Happening,
        message_id: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """Append one entry."""
        self._cells += (at, holder, device_id, link, message_id, attempt, what)

    def entries(self) -> Iterator[Entry]:
        """Go through all entries, oldest first."""
        for at, holder, device_id, link, message_id, attempt, what in rows(self._cells):
            who = holder.worker, holder.number, holder.driver
            yield Entry(at, *who, device_id, link, message_id, attempt, what)

    def lines(self) -> Iterator[bytes]:
        """Give every entry as a line of JSON."""
        return lines_of(self._cells)

    def take(self) -> bytes:
        """Give all entries as lines of JSON, and forget them."""
        cells, self._cells = self._cells, []
        return b"".join(lines_of(cells))


def rows(cells: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Give an entry's cells together: at, holder, device_id, link, message_id, attempt, what."""
    cell = iter(cells)
    return zip(*[cell] * 7, strict=True)


def lines_of(cells: Iterable[Any]) -> Iterator[bytes]:
    """Write each entry as a line of JSON, without making it first."""
    for at, holder, device_id, link, message_id, attempt, what in rows(cells):
        fields = {
            "at": at,
            "worker": holder.worker,
            "session": holder.number,
            "driver": holder.driver,
            "device_id": device_id,
            "link": link,
            "message_id": message_id,
            "attempt": attempt,
            "what": what,
        }
        yield orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


def read_ledger(path: Path) -> Iterator[Entry]:
    """Read a ledger file, oldest entry first."""
    with path.open("rb") as file:
        for each in file:
            yield Entry(**orjson.loads(each))


def write_ledger(ledger: Ledger, path: Path) -> None:
    """Export a ledger as lines of JSON."""
    with path.open("wb") as file:
        file.writelines(ledger.lines())
