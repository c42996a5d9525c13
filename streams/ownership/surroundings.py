"""What surrounds the devices of one owner, as the rules are told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from schemas.topics import DEVICE
from streams.device.facts import Rules, Seen
from streams.device.state import INITIAL, Device
from streams.ownership.allowance import Allowance
from streams.ownership.publishing import Home
from streams.ownership.queue import DeviceQueue
from streams.ownership.reading import message_id_of
from streams.ownership.stock import Stock
from streams.ownership.tenure import Tenure


class Links(Protocol):
    """What drivers say of links and chats, without I/O."""

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        """The driver's last word about the link."""

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""


class Surroundings:
    """The facts (`streams/device/facts.py`) of one owner's decisions: turned to one device at a time.

    Most decisions need few of them, so they are read when asked for, and one object serves all (benchmarks/owner.py).
    running_sends: the effect of each device's open send that runs here.
    """

    __slots__ = (
        "_allowance",
        "_device",
        "_device_id",
        "_draw",
        "_installation_id",
        "_links",
        "home",
        "orphans_wait_until",
        "rules",
        "running_sends",
        "seen",
        "sends",
        "stock",
    )

    def __init__(
        self, rules: Rules, links: Links, allowance: Allowance, draw: Callable[[], float], tenure: Tenure
    ) -> None:
        self.rules = rules
        self._links = links
        self._allowance = allowance
        self._draw = draw
        self._installation_id = tenure.installation_id
        self.home = Home(DEVICE.events, tenure.partition)
        self.running_sends: dict[str, tuple[str, int]] = {}
        self.orphans_wait_until: datetime | None = None
        self._device_id = ""
        self._device = INITIAL
        self.sends = DeviceQueue()
        self.stock = Stock()
        self.seen: Seen | None = None

    def of(self, device_id: str, device: Device, sends: DeviceQueue, seen: Seen | None = None) -> Surroundings:
        """The facts for a decision about that device: this object, until it is turned to the next."""
        self._device_id = device_id
        self._device = device
        self.sends = sends
        self.seen = seen
        return self

    @property
    def waiting_in_all(self) -> int:
        """How many sends wait in the partition."""
        return self.stock.waiting

    @property
    def draw(self) -> float:
        """A number in [0, 1), another one each time."""
        return self._draw()

    @property
    def healthy(self) -> bool:
        """The driver's last word about the device's link."""
        device = self._device
        return device.link is None or self._links.healthy(device.driver, self._device_id, device.link)

    @property
    def send_budget(self) -> bool:
        """Whether an attempt may begin now."""
        return self._allowance.may_send(self._device_id)

    @property
    def link_budget(self) -> bool:
        """Whether a refresh, with its link, may begin now."""
        return self._allowance.may_link(self._device_id)

    @property
    def pairing_budget(self) -> bool:
        """Whether a pairing may begin now."""
        return self._allowance.may_pair()

    @property
    def running(self) -> bool:
        """Whether an effect of the open send runs in this process."""
        return self._device_id in self.running_sends

    def knows_chat(self, to: str) -> bool:
        """The driver's word whether the device has written with `to` before."""
        return self._links.knows_chat(self._device.driver, self._device_id, to)

    def message_id(self, request_id: str) -> str:
        """The id under which every attempt of the send goes out."""
        return message_id_of(self._installation_id, self._device_id, request_id)
