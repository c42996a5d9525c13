"""Asking again: what a key asks of other owners is put to them at 1, 2, 4, … 60 s until it is answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from streams.ownership.due import DueTimes

FIRST_S = 1.0
LONGEST_S = 60.0


class Asking:
    """When each key that has open questions is to ask them again."""

    __slots__ = ("_behind", "_due", "_pauses")

    def __init__(self) -> None:
        self._due = DueTimes()
        self._pauses: dict[str, float] = {}
        self._behind: dict[str, int] = {}

    def __len__(self) -> int:
        """How many keys have something to ask."""
        return len(self._pauses)

    def begin(self, key: str, at: datetime, sequence: int) -> None:
        """The key has asked something new at `at`, by events before offset `sequence`."""
        self._behind[key] = sequence
        self._pause(key, FIRST_S, at)

    def go_on(self, key: str, at: datetime) -> None:
        """The key has asked the same again at `at`."""
        self._pause(key, min(LONGEST_S, 2 * self._pauses.get(key, FIRST_S / 2)), at)

    def end(self, key: str) -> None:
        """The key has nothing to ask; a time that is set for it says so once more."""
        self._pauses.pop(key, None)
        self._behind.pop(key, None)

    def next(self) -> datetime | None:
        """When somebody asks again."""
        return self._due.next()

    def may_ask(self, key: str, acknowledged: int) -> bool:
        """Whether the log has the key's newest question, as far as it is acknowledged: intent before effect."""
        return self._behind.get(key, 0) <= acknowledged

    def pop(self, at: datetime) -> str | None:
        """A key that is to ask again by `at`."""
        while (key := self._due.pop(at)) is not None:
            if key in self._pauses:
                return key
        return None

    def _pause(self, key: str, pause_s: float, at: datetime) -> None:
        self._pauses[key] = pause_s
        self._due.set(key, at + timedelta(seconds=pause_s))
