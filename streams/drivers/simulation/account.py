"""What the platform makes of an account: whether it may log in, how long a link lasts, how it ends."""

from __future__ import annotations

import math

from schemas.device.outcomes import (
    BannedUntil,
    Connected,
    ConnectOutcome,
    Dropped,
    LinkReport,
    NeedsPairing,
    ReplacedElsewhere,
    Unreachable,
)
from streams.drivers.simulation.device import Device
from streams.drivers.simulation.kinds import End
from streams.drivers.simulation.ledger import Happening
from streams.drivers.simulation.receiving import moment

S_PER_HOUR = 3600


def verdict(device: Device, luck: float, now: float) -> ConnectOutcome:
    """Let the device log in, or say why not."""
    if device.ban_ahead:
        device.ban_ahead = False
        device.banned_until = now + device.group.ban_s
    if now < device.banned_until:
        return BannedUntil(until=moment(device.banned_until))
    if not device.paired:
        return NeedsPairing()
    if luck < device.group.unreachable_share:
        return Unreachable(reason="no_route")
    return Connected(jid=device.jid)


def lifetime(device: Device) -> tuple[float, End]:
    """Draw how many seconds a new link lasts (for ever: inf), and how it then ends."""
    luck, choice = device.link_luck(), device.link_luck()
    if device.first_link_drops:
        device.first_link_drops = False
        return device.group.first_link_lasts_ms.seconds(luck), "drop"
    total = sum(rate for _, rate in device.group.ends_per_hour)
    if not total:
        return math.inf, "drop"
    return -math.log1p(-luck) * S_PER_HOUR / total, chosen(device.group.ends_per_hour, choice * total)


def chosen(rates: tuple[tuple[End, float], ...], point: float) -> End:
    """Find the end within whose share of all rates `point` lies."""
    for how, rate in rates:
        if point < rate:
            return how
        point -= rate
    return rates[-1][0]


def strike(device: Device, how: End, now: float) -> tuple[Happening, LinkReport]:
    """Change the account as `how` has it; gives what to write down, and to tell, of a link that ends."""
    match how:
        case "drop":
            return "dropped", Dropped(reason="connection_lost")
        case "replace":
            return "replaced", ReplacedElsewhere()
        case "log_out":
            device.paired = False
            return "needs_pairing", NeedsPairing()
        case "ban":
            device.banned_until = now + device.group.ban_s
            return "banned", BannedUntil(until=moment(device.banned_until))
