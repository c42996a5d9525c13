"""Looking for a waiting send to a chat that is known, while the device may not write to new ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from streams.device.facts import Entry
from streams.ownership.waiting import Waiting

LOOK_AGAIN = timedelta(minutes=1)
"""How long a chat that was not known counts as unknown: with 100,000 waiting, looking at each costs 100 ms."""


class Looking:
    """One look at what is due: chats that are not known are passed over, so that a backlog of them delays nobody."""

    __slots__ = ("_again_at", "_last_at", "_unlooked", "_waiting")

    def __init__(self, waiting: Waiting, at: datetime) -> None:
        self._waiting = waiting
        self._unlooked = deque(waiting.due_by(at))
        self._again_at = at + LOOK_AGAIN
        self._last_at = at

    def is_over(self, at: datetime) -> bool:
        """Whether to look at all of them again: after a while, or once another one has come due."""
        return at >= self._again_at or self._one_came_due(at)

    def _one_came_due(self, at: datetime) -> bool:
        due = self._waiting.due_after(self._last_at)
        return due is not None and due <= at

    def came(self, request: int) -> None:
        """Another one waits, which comes due last."""
        self._unlooked.append(request)

    def known(self, at: datetime, knows: Callable[[str], bool]) -> Entry | None:
        """The first one that was not passed over, not stepped aside and to a chat it `knows`.

        One whose recipient has to be read first is not passed over.
        """
        self._last_at = at
        while self._unlooked:
            entry = self._waiting.entry(self._unlooked[0])
            if entry is not None and not (entry.aside_until and entry.aside_until > at):
                to = entry.send.to
                if (not to and entry.lacks_body) or knows(to):
                    return entry
                self._waiting.spare(entry.request)
            self._unlooked.popleft()
        return None
