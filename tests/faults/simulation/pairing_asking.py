"""What is asked of devices that are paired in one run: few phones, so that they meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from schemas.device import requests as r
from streams.drivers.simulation.description import Group
from streams.drivers.simulation.kinds import Kind
from streams.drivers.simulation.latency import Uniform
from tests.faults.simulation.case import Case
from tests.faults.simulation.profile import Fault, Profile

SHARE = 0.12
"""Of the histories of devices: those in which they are paired."""
PHONES = ("+62 811", "62811", "+62 822")
"""Two of them are one."""
JIDS = ("62811@simulated", "62822@simulated")
"""Sessions that are there to be imported, of the same accounts."""
OF_PAIRINGS: Mapping[Fault, int] = {
    "kill": 6, "freeze": 3, "stop": 3, "cut_off": 2, "expel": 3, "move": 8, "leader": 4, "wire": 3, "stroke": 6,
    "stray_batch": 3, "doubled_batch": 3,
}  # fmt: skip
"""What may go wrong, and at most how often."""


def with_pairings(profile: Profile, luck: Random, case: Case) -> Profile:
    """The profile of a history of devices that are paired, or as it was where this is none."""
    drawn = luck.random() < SHARE and case.only is None
    if profile.clients or not (drawn if case.pairings is None else case.pairings):
        return profile
    faults = {f: luck.randint(1, most) for f, most in OF_PAIRINGS.items() if luck.random() < 0.35} or {"kill": 4}
    devices: Mapping[Kind, int] = {"simulated": luck.randint(1, 3), "simulated-repeatable": luck.randint(1, 3)}
    groups = tuple(_group(kind, count, luck) for kind, count in devices.items())
    rules = replace(profile.rules, pairing_s=luck.choice((4.0, 15.0)))
    fleet = replace(profile.groups, devices=groups)
    return replace(profile, pairings=True, devices=devices, faults=faults, groups=fleet, rules=rules)


def _group(kind: Kind, count: int, luck: Random) -> Group:
    return Group(
        driver=kind,
        prefix=f"{kind}-",
        count=count,
        needs_pairing_share=luck.choice((0.5, 1.0)),
        logouts_per_hour=luck.choice((0.0, 360.0)),
        scan_ms=luck.choice((Uniform(50, 500), Uniform(500, 6000))),
        unscanned_share=luck.choice((0.0, 0.2)),
    )


def request_about_pairing(luck: Random) -> r.DeviceRequest:
    """One of them: most are to pair with a phone that another device may have."""
    if luck.random() < 0.3:
        return r.DeviceUnpairingRequested()
    if luck.random() < 0.2:
        return r.DevicePairingRequested()
    if luck.random() < 0.25:
        return r.DevicePairingRequested(method="import", jid=luck.choice(JIDS))
    return r.DevicePairingRequested(method="code", phone=luck.choice(PHONES))
