"""What drivers say to a partition's runner, kept until the log has it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from schemas.device.outcomes import LinkReport
from streams.drivers.port import Ask, Effect, Outcome, Send


class Ended(NamedTuple):
    """An effect is over."""

    effect: Effect
    outcome: Outcome


class Reported(NamedTuple):
    """A driver says something of a link by itself."""

    device_id: str
    link: int
    report: LinkReport


class Inbox:
    """Takes in words of drivers; an outcome of a send is let go only when the decision about it is acknowledged.

    Decisions are counted as they are made and as they are acknowledged. If a claim ends between the two, whether the
    outcome is in the log is unknown: the next owner is told again, and passes over what it knows.
    """

    __slots__ = ("_undecided", "_unrecorded", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[Ended | Reported] = deque()
        self._unrecorded: deque[tuple[int, Ended]] = deque()
        self._undecided: list[Ended] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, word: Ended | Reported) -> None:
        """Take in a word."""
        self._waiting.append(word)

    def read(self, take: Callable[[Ended | Reported], int | None]) -> None:
        """Let `take` decide every word; it returns how many decisions have been made by then, None if it could not."""
        while self._waiting:
            word = self._waiting.popleft()
            self._keep(word, take(word))

    def _keep(self, word: Ended | Reported, decisions: int | None) -> None:
        if isinstance(word, Ended) and isinstance(word.effect, Send | Ask):
            if decisions is None:
                self._undecided.append(word)
            else:
                self._unrecorded.append((decisions, word))

    def recorded(self, decisions: int) -> None:
        """That many decisions are acknowledged."""
        while self._unrecorded and self._unrecorded[0][0] <= decisions:
            self._unrecorded.popleft()

    def clear(self) -> list[Ended]:
        """Forget everything; the outcomes of sends that are not known to be in the log, oldest first."""
        left = [*self._undecided, *(word for _, word in self._unrecorded)]
        left += [w for w in self._waiting if isinstance(w, Ended) and isinstance(w.effect, Send | Ask)]
        self._undecided.clear()
        self._unrecorded.clear()
        self._waiting.clear()
        return left
