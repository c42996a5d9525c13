"""The pairings under way in this process for one partition, and the ends of sessions that have to wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from streams.drivers.port import Driver, Outcome, Unpair


@dataclass(slots=True)
class Pairings:
    """running: driver and number of each device's pairing. waiting: the ends that wait for a device to come to rest."""

    running: dict[str, tuple[str, int]] = field(default_factory=dict)
    waiting: dict[str, list[partial[None]]] = field(default_factory=dict)

    def is_running(self, device_id: str, pairing: int) -> bool:
        """Whether that pairing of the device is under way."""
        return self.running.get(device_id, ("", -1))[1] == pairing

    def ended(self, device_id: str, pairing: int) -> None:
        """A pairing is over."""
        if self.is_running(device_id, pairing):
            del self.running[device_id]

    def end(self, effect: Unpair, driver: Driver, *, rests: bool) -> None:
        """End a pairing now, or a session once nothing runs over it: whatever owner it is for, it names its session."""
        begin = partial(driver.start, effect, _unheard)
        if rests or (effect.pairing is not None and self.is_running(effect.device_id, effect.pairing)):
            begin()
        else:
            self.waiting.setdefault(effect.device_id, []).append(begin)

    def go_on(self, device_id: str) -> None:
        """Nothing of the device runs any more."""
        for begin in self.waiting.pop(device_id, []):
            begin()


def _unheard(outcome: Outcome) -> None:
    """Nothing follows from the end of a session: the log says that it is over since its intent."""
