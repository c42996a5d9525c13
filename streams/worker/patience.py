"""What a busy loop does first: take in outcomes, or decide new requests. Times: monotonic seconds."""

from __future__ import annotations

from streams.worker.terms import Terms


class Patience:
    """Lets requests wait for outcomes where that saves work: a send that finds its device free costs a third less.

    It does so only while the loop is late, since an idle one has time for both; one that stays late still takes a cut
    of requests in `patience_s`, since they must not wait for devices that are not their own.
    """

    __slots__ = ("_asked_at", "_lag", "_taken_at", "_terms")

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._asked_at = 0.0
        self._taken_at = 0.0
        self._lag = 0.0

    def ask(self, now: float) -> None:
        """The loop was asked for a turn."""
        self._asked_at = now

    def turn(self, now: float) -> None:
        """The turn has come: how late, tells how busy the loop is."""
        self._lag = now - self._asked_at

    def take(self, now: float) -> None:
        """Requests are decided."""
        self._taken_at = now

    def outcomes_first(self, pressed: int, now: float) -> bool:
        """Whether requests wait, while so many devices have more to send than they can."""
        terms = self._terms
        busy = pressed >= terms.pressed_at and self._lag > terms.lag_s
        return busy and now - self._taken_at < terms.patience_s
