"""When states change by themselves; but what lies unread in the log may say otherwise, and comes first."""

from __future__ import annotations

from datetime import datetime, timedelta

from streams.ownership.due import DueTimes

LATE_S = 5.0
"""So late only a process is that stood still: stopped, starved, or asleep with its machine."""


class Deadlines:
    """Of each key its due time; none falls for `grace_s` after the owner began, and after it stood still."""

    __slots__ = ("_due", "_grace", "_not_before")

    def __init__(self, grace_s: float) -> None:
        self._due = DueTimes()
        self._grace = timedelta(seconds=grace_s)
        self._not_before: datetime | None = None

    def begin(self, at: datetime) -> None:
        """The owner goes to work."""
        self._not_before = at + self._grace

    def set(self, key: str, due: datetime | None) -> None:
        """The key's state changes by itself at `due`, if at all; a sooner time that was set for it comes up too."""
        if due is not None:
            self._due.set(key, due)

    def next(self) -> datetime | None:
        """When something falls due."""
        due = self._due.next()
        return due if due is None or self._not_before is None else max(due, self._not_before)

    def pop(self, at: datetime) -> str | None:
        """A key that is due by `at`."""
        due = self.next()
        if due is None or due > at:
            return None
        if at - due > timedelta(seconds=LATE_S):
            self._not_before = at + self._grace
            return None
        return self._due.pop(at)
