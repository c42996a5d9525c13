"""The fleet that `mendline demo` and the tests use: a bit of everything that goes wrong."""

from __future__ import annotations

from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.kinds import Kind


class TooFewDevicesError(ValueError):
    """A demo fleet has a device of each of its three kinds."""

    def __init__(self, devices: int) -> None:
        super().__init__(f"a demo fleet has devices of three kinds: ask for 3 or more, not {devices}")


BAN_S = 60.0


def demo_fleet(devices: int, ban_s: float = BAN_S) -> Fleet:
    """Make a third platform devices, and the rest linked ones of both kinds; raises TooFewDevicesError."""
    if devices < 3:
        raise TooFewDevicesError(devices)
    platform, plain = devices // 3, devices // 3
    return Fleet(
        seed=1,
        devices=(
            Group(driver="simulated-platform", prefix="platform-", count=platform),
            linked("simulated", "radio-", plain, ban_s),
            linked("simulated-repeatable", "phone-", devices - platform - plain, ban_s),
        ),
    )


def linked(driver: Kind, prefix: str, count: int, ban_s: float = BAN_S) -> Group:
    """Devices of which a fifth drop at the start, and a few need a person or patience."""
    return Group(
        driver=driver,
        prefix=prefix,
        count=count,
        first_link_drops_share=0.2,
        needs_pairing_share=0.01,
        banned_share=0.01,
        ban_s=ban_s,
    )
