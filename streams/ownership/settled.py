"""One device's part of the idempotency window: the sends of it that settled lately, packed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from streams.device.facts import Seen

NAME, ROW = 8, 16
"""Bytes of a name, and of what is kept beside it: digest, then first offset."""
FORGOTTEN = bytes(NAME)


def name_of(device_id: str, request_id: str) -> bytes:
    """A device's request id in 64 bits, the same in every process; two names share them once in 10^19."""
    return blake2b(f"{device_id}\0{request_id}".encode(), digest_size=NAME).digest()


class Settled:
    """One device's settled sends in the order in which they settled, as packed names and rows.

    holes: names in between that were forgotten. passed: how many of its oldest are gone that the window's order names.
    asked: the request id that was looked for last, and its name: soon it settles (benchmarks/owner.py).
    """

    __slots__ = ("asked", "holes", "names", "passed", "rows")

    def __init__(self) -> None:
        self.names = bytearray()
        self.rows = bytearray()
        self.holes = 0
        self.passed = 0
        self.asked = ("", b"")

    def __len__(self) -> int:
        return len(self.names) // NAME - self.holes

    def find(self, name: bytes) -> int:
        """Where a name stands, counted from the oldest; -1: nowhere."""
        at = self.names.find(name)
        while at % NAME and at >= 0:
            at = self.names.find(name, at + 1)
        return at // NAME if at >= 0 else -1

    def seen(self, place: int) -> Seen:
        """What is known of the send that stands there."""
        row = self.rows[place * ROW : place * ROW + ROW]
        return Seen(row[:8].hex(), int.from_bytes(row[8:]), True)

    def forget(self, place: int) -> None:
        """Forget one in between."""
        self.names[place * NAME : place * NAME + NAME] = FORGOTTEN
        self.holes += 1

    def drop_oldest(self) -> bool:
        """Let the oldest go; whether it was remembered until now."""
        remembered = self.names[:NAME] != FORGOTTEN
        del self.names[:NAME]
        del self.rows[:ROW]
        self.holes -= not remembered
        return remembered

    def remembered(self) -> Iterator[bool]:
        """Of each that still stands here, oldest first, whether it is remembered."""
        return (self.names[at : at + NAME] != FORGOTTEN for at in range(0, len(self.names), NAME))

    def close_ranks(self) -> None:
        """Let the forgotten ones in between go."""
        kept = [place for place, found in enumerate(self.remembered()) if found]
        self.names = bytearray(b"".join(self.names[p * NAME : p * NAME + NAME] for p in kept))
        self.rows = bytearray(b"".join(self.rows[p * ROW : p * ROW + ROW] for p in kept))
        self.holes = self.passed = 0
