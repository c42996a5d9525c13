"""A ledger of a simulated fleet, or of the stand-in for WhatsApp: what really left devices, as the receivers saw it.

Its lines are written by the simulator; the fields used here are worker, session, driver, device_id, link, message_id,
attempt and what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import orjson

LEFT = frozenset({"sent", "sent_answer_lost"})
"""After these the receiver has one copy more."""

ASKED = frozenset({"asked_found", "asked_rejected", "asked_not_found", "asked_unanswered"})
"""What an ask about a message came to; nothing was sent."""

CONNECTING = "connecting"
"""A link has begun to be made."""

LINK_ENDED = frozenset({"unreachable", "needs_pairing", "banned", "replaced", "dropped", "closed", "abandoned"})
"""Nothing of a link is left after these."""

FLEETS = ("simulated", "whatsapp")
"""What keeps a ledger, as the names of its drivers begin: a simulated fleet, and the stand-in for WhatsApp."""


class Entry(Protocol):
    """One thing that happened; the simulator's own entries fit."""

    @property
    def worker(self) -> str:
        """The worker that asked for it."""

    @property
    def session(self) -> int:
        """The number of that worker's connection to the fleet."""

    @property
    def driver(self) -> str:
        """The driver by which it asked."""

    @property
    def device_id(self) -> str:
        """The device."""

    @property
    def link(self) -> int | None:
        """The link, where it has one."""

    @property
    def message_id(self) -> str | None:
        """The message, where it is about one."""

    @property
    def attempt(self) -> int | None:
        """Which attempt to send it, or which it was asked for as."""

    @property
    def what(self) -> str:
        """What happened."""


class LedgerEntry(NamedTuple):
    """An entry as a line of the ledger has it."""

    worker: str
    session: int
    driver: str
    device_id: str
    link: int | None
    message_id: str | None
    attempt: int | None
    what: str


class LedgerUnreadableError(ValueError):
    """Every line of a ledger must be a JSON object with the fields of an entry."""


def told_of(drivers: Collection[str]) -> tuple[str, ...]:
    """What the names of the drivers begin with whose devices a ledger tells about that has entries of these drivers.

    A simulated fleet's says nothing about real devices of WhatsApp; an empty one may be of either, so it tells of both.
    """
    return tuple(fleet for fleet in FLEETS if any(driver.startswith(fleet) for driver in drivers)) or FLEETS


def read_ledger(path: Path) -> Iterator[LedgerEntry]:
    """The entries of a ledger file, oldest first; raises LedgerUnreadableError."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield _entry(path, number, line)


def _entry(path: Path, number: int, line: bytes) -> LedgerEntry:
    try:
        raw = orjson.loads(line)
        return LedgerEntry(*(raw[name] for name in LedgerEntry._fields))
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        message = f"{path}, line {number}: {error!r}: not an entry of a ledger; export it anew, whole"
        raise LedgerUnreadableError(message) from error
