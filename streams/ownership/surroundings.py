"""What surrounds the devices of one owner, as the rules are told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from streams.device.facts import Rules, Seen
from streams.device.state import Device
from streams.ownership.allowance import Allowance
from streams.ownership.queue import DeviceQueue
from streams.ownership.reading import message_id_of


class Links(Protocol):
    """What drivers say of links and chats, without I/O."""

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        """The driver's last word about the link."""

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""


class Surroundings:
    """Settings, drivers, budgets and what runs; `running`: the effect of each device's open send that runs here."""

    __slots__ = ("allowance", "draw", "installation_id", "links", "orphans_wait_until", "rules", "running")

    def __init__(
        self, rules: Rules, links: Links, allowance: Allowance, draw: Callable[[], float], installation_id: str
    ) -> None:
        self.rules = rules
        self.links = links
        self.allowance = allowance
        self.draw = draw
        self.installation_id = installation_id
        self.running: dict[str, tuple[str, int]] = {}
        self.orphans_wait_until: datetime | None = None


class DeviceFacts:
    """The facts for one decision about one device, read when asked for: most decisions need few (benchmarks/owner.py).

    The properties are documented in `streams/device/facts.py`.
    """

    __slots__ = ("_around", "_device", "_device_id", "seen", "sends")

    def __init__(
        self, around: Surroundings, device_id: str, device: Device, sends: DeviceQueue, seen: Seen | None = None
    ) -> None:
        self._around = around
        self._device_id = device_id
        self._device = device
        self.sends = sends
        self.seen = seen

    @property
    def rules(self) -> Rules:
        return self._around.rules

    @property
    def draw(self) -> float:
        return self._around.draw()

    @property
    def healthy(self) -> bool:
        device = self._device
        return device.link is None or self._around.links.healthy(device.driver, self._device_id, device.link)

    @property
    def send_budget(self) -> bool:
        return self._around.allowance.may_send(self._device_id)

    @property
    def link_budget(self) -> bool:
        return self._around.allowance.may_link(self._device_id)

    @property
    def running(self) -> bool:
        return self._device_id in self._around.running

    @property
    def orphans_wait_until(self) -> datetime | None:
        return self._around.orphans_wait_until

    def knows_chat(self, to: str) -> bool:
        return self._around.links.knows_chat(self._device.driver, self._device_id, to)

    def message_id(self, request_id: str) -> str:
        return message_id_of(self._around.installation_id, self._device_id, request_id)
