"""Which effects of open sends run in this process, and the units of the budgets that devices use because of them."""

from __future__ import annotations

from streams.device.state import Device, Open
from streams.drivers.port import Ask, Effect, Send
from streams.ownership.allowance import Allowance


class Units:
    """Takes units with an intent, and gives them back once its outcome is decided and its effect is over.

    running: of each device's open send, message id and attempt of the effect.
    """

    __slots__ = ("_allowance", "_running")

    def __init__(self, allowance: Allowance, running: dict[str, tuple[str, int]]) -> None:
        self._allowance = allowance
        self._running = running

    def __len__(self) -> int:
        return len(self._running)

    def begin(self, effect: Effect) -> None:
        """An effect is decided."""
        if isinstance(effect, (Send, Ask)):
            self._running[effect.device_id] = (effect.message_id, effect.attempt)

    def adopt(self, device_id: str, opened: Open) -> None:
        """The effect of an open send began under an earlier claim of this process, and runs on."""
        self._running[device_id] = (opened.message_id, opened.attempt)

    def end(self, effect: Send | Ask) -> None:
        """An effect is over; its units are given back by `count`."""
        if self._running.get(effect.device_id) == (effect.message_id, effect.attempt):
            del self._running[effect.device_id]

    def count(self, device_id: str, device: Device) -> None:
        """Use what the device needs as it is now, and give back what it needs no more."""
        running = self._running.get(device_id)
        if running is not None and not _is_awaited(device.open, running):
            del self._running[device_id]
            running = None
        connects = device.refresh is not None and device.refresh.started
        linked = connects or device.link is not None
        self._allowance.hold(device_id, sends=running is not None, connects=connects, linked=linked)


def _is_awaited(opened: Open | None, running: tuple[str, int]) -> bool:
    if opened is None or opened.phase not in ("attempting", "reconciling"):
        return False
    return (opened.message_id, opened.attempt) == running
