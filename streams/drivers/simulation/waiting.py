"""Who waits for which effect."""

from __future__ import annotations

from streams.drivers.port import Done, Effect, Outcome


class Waiting:
    """Effects that have begun and are not answered, numbered as they come."""

    __slots__ = ("_open", "_serial")

    def __init__(self) -> None:
        self._open: dict[int, tuple[Done, Effect]] = {}
        self._serial = 0

    def expect(self, effect: Effect, done: Done) -> int:
        """Note who waits; gives the number under which to answer."""
        self._serial = serial = self._serial + 1
        self._open[serial] = (done, effect)
        return serial

    def answer(self, serial: int, outcome: Outcome) -> None:
        """Tell who waits; does nothing when that has been done, or nobody waits any more."""
        waiting = self._open.pop(serial, None)
        if waiting is not None:
            waiting[0](outcome)

    def end(self) -> list[tuple[Done, Effect]]:
        """Let nobody wait any more; gives who did, and for what."""
        waiting, self._open = self._open, {}
        return list(waiting.values())


Owed = tuple[Waiting, int, Outcome]


def settle(owed: Owed, now: float) -> None:
    """Give an answer that has come due."""
    waiting, serial, outcome = owed
    waiting.answer(serial, outcome)
