"""What the devices of one owner wait for: an outcome, a time, a unit of a budget."""

from __future__ import annotations

from datetime import datetime

from streams.device.next_step import Wait
from streams.device.state import Device
from streams.ownership.allowance import Allowance
from streams.ownership.due import DueTimes


class Waits:
    """Notes what each device waits for when it has nothing to do.

    pressed: devices with sends waiting while an attempt or a refresh runs: outcomes help them more than requests do.
    """

    __slots__ = ("_allowance", "due", "pressed")

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self.due = DueTimes()
        self.pressed: set[str] = set()

    def for_outcome(self, device_id: str, device: Device, ends_at: datetime | None, at: datetime) -> bool:
        """The device awaits its attempt's outcome; False where a waiting send may have ended by `at`."""
        if ends_at is None:
            self.pressed.discard(device_id)
        elif ends_at <= at:
            return False
        else:
            self.due.set(device_id, ends_at)
            self.pressed.add(device_id)
        if device.link is not None:
            self._allowance.link_works(device_id)
        return True

    def for_that(self, device_id: str, device: Device, wait: Wait) -> None:
        """The device waits as `next_step` says."""
        if device.refresh is None:
            self.pressed.discard(device_id)
        else:
            self.pressed.add(device_id)
        if wait.until is not None:
            self.due.set(device_id, wait.until)
        if wait.budget == "sends":
            self._allowance.wait_to_send(device_id)
        elif wait.budget == "links":
            self._allowance.wait_to_link(device_id)
        if device.link is not None:
            if wait.rests:
                self._allowance.link_rests(device_id)
            else:
                self._allowance.link_works(device_id)
