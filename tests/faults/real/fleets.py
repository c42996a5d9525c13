"""Fleets that tests use: how many devices of which kind, and how they behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streams.drivers.simulation.kinds import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """Devices of one kind; more: further lines of the fleet file."""

    driver: Kind
    prefix: str
    count: int
    send_ms: int
    more: str = ""

    def text(self) -> str:
        """The group in the fleet file."""
        named = f'driver = "{self.driver}"\nprefix = "{self.prefix}"\n'
        return f"[[devices]]\n{named}count = {self.count}\nsend_ms = {self.send_ms}\n{self.more}\n"


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the fleet process is told, and what tests know of it."""

    seed: int
    groups: tuple[Group, ...]

    def text(self) -> str:
        """The fleet file."""
        return f"seed = {self.seed}\n" + "".join(group.text() for group in self.groups)

    def devices(self) -> Mapping[str, str]:
        """Every device and its driver."""
        return {f"{group.prefix}{n:05d}": group.driver for group in self.groups for n in range(1, group.count + 1)}

    def latency(self, device: str) -> float:
        """After how many seconds a device's sends are answered."""
        return next(group.send_ms for group in self.groups if device.startswith(group.prefix)) / 1000


def slow_fleet(seed: int, scale: int = 1) -> Fleet:
    """All four kinds, slow enough that most attempts are open when their worker dies; no link ends by itself."""
    return Fleet(
        seed,
        (
            Group("simulated", "radio-", 12 * scale, 150),
            Group("simulated-repeatable", "phone-", 12 * scale, 120),
            Group("simulated-platform", "platform-", 8 * scale, 180),
            Group("simulated-blind-platform", "blind-", 6 * scale, 140),
        ),
    )
