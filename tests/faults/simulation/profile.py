"""What one run is made of, drawn from its seed: every run has some kinds of faults and lacks others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

from streams.device.facts import Rules
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.kinds import KINDS, Kind, traits_of
from streams.drivers.simulation.latency import Lognormal, Uniform
from streams.ownership.stock import BODY_BYTES
from streams.uniqueness.values import values_of
from streams.worker.terms import Terms
from tests.faults.simulation.driver import Slowness
from tests.faults.simulation.keys import KEY
from tests.faults.simulation.network import Fate
from tests.faults.simulation.shelving import Shelving, draw_shelving
from tests.faults.simulation.sizes import SIZES, WEIGHTS, Size

Fault = Literal[
    "kill", "freeze", "stop", "cut_off", "expel", "move", "leader", "clock", "wire", "sick", "stroke", "gap",
    "stray_batch", "doubled_batch",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = get_args(Fault)
Weather = Fault | Literal["storm", "hearsay"]
"""What may go wrong alone: one kind of fault, or what is made of several."""
STRENGTH: Mapping[Fault, int] = {"move": 8, "leader": 8, "stroke": 8, "sick": 6, "wire": 3, "gap": 10, "stray_batch": 6}
"""At most how often in a run of middle size, where not 4 times."""
ALONE = 0.2
"""The share of runs with one kind of fault only."""
STORMY = 0.1
"""The share of runs that lose many appends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """devices: by kind. budgets: sends, refreshes and links. faults: how often each strikes in `chaos_s` seconds.

    clients: how many, in a history of clients instead of devices. pairings: whether devices are paired with phones.
    bodies: bytes of waiting sends' bodies that a process keeps; the others are read again.
    """

    partitions: int
    workers: int
    devices: Mapping[Kind, int]
    requests: int
    chaos_s: float
    budgets: tuple[int, int, int]
    fates: Mapping[Fate, float]
    stalls: float
    faults: Mapping[Fault, int]
    static: bool
    slowness: Slowness
    groups: Fleet
    rules: Rules
    terms: Terms
    skew_s: float
    shelving: Shelving | None
    bodies: int = BODY_BYTES
    clients: int = 0
    pairings: bool = False

    @property
    def calm(self) -> bool:
        """Whether only partitions move, and nothing goes wrong."""
        return not self.fates and not self.stalls and set(self.faults) <= {"move", "stop", "gap"}


def draw_profile(luck: Random) -> Profile:
    """A run's profile."""
    drawn = _draw(luck)
    return drawn if drawn.calm or luck.random() >= STORMY else _stormy(drawn)


def _stormy(profile: Profile) -> Profile:
    """The profile with claims that follow one another while late answers come in."""
    return replace(
        profile,
        fates={"ack_lost": 0.3, "late": 0.1},
        slowness=Slowness(share=0.5, most_s=3.0),
        rules=replace(profile.rules, reconcile_s=1.0),
    )


def _draw(luck: Random) -> Profile:
    calm, gentle, size = luck.random() < 0.1, luck.random() < 0.4, luck.choices(SIZES, WEIGHTS)[0]
    devices = _devices(luck, size)
    return Profile(
        partitions=luck.choice(size.partitions),
        workers=luck.choice(size.workers),
        devices=devices,
        requests=luck.randint(*size.requests),
        chaos_s=luck.uniform(*size.chaos_s),
        budgets=_budgets(luck),
        fates={} if calm or gentle else _fates(luck),
        stalls=0.0 if calm else luck.choice((0.0, 0.0, 0.05)),
        faults=_faults(luck, size, calm=calm),
        static=luck.random() < 0.5,
        slowness=_slowness(luck, calm=calm),
        groups=Fleet(seed=luck.getrandbits(32), devices=tuple(_group(luck, k, n, calm) for k, n in devices.items())),
        rules=_rules(luck),
        terms=_terms(luck),
        skew_s=0.0 if calm else luck.choice((0.0, 1.0, 12.0)),
        shelving=draw_shelving(luck, calm=calm, strength=size.strength),
        bodies=luck.choice((0, 4000, BODY_BYTES)),
    )


def _terms(luck: Random) -> Terms:
    return Terms(
        pause_at=luck.choice((3, 4000)),
        resume_at=1,
        requests_a_turn=luck.choice((1, 200)),
        append_bytes=luck.choice((2000, 900_000)),
    )


def _devices(luck: Random, size: Size) -> Mapping[Kind, int]:
    kinds = luck.sample(KINDS, luck.randint(1, size.kinds))
    return {kind: luck.randint(1, size.of_a_kind) for kind in KINDS if kind in kinds}


def alone(profile: Profile, what: Weather) -> Profile:
    """The profile with one kind of fault, and somebody to take over; or with a storm of lost appends alone.

    hearsay: partitions move while answers are slow, so that outcomes are handed on, late and more than once.
    """
    if what == "storm":
        return _stormy(replace(profile, faults={}, stalls=0.0))
    if what == "hearsay":
        told = replace(alone(profile, "move"), fates={"ack_lost": 0.2, "late": 0.4})
        busy = tuple(replace(group, deferred_share=0.4) for group in told.groups.devices)
        return replace(
            told,
            faults={"move": 20},
            slowness=Slowness(share=0.6, most_s=6.0),
            groups=replace(told.groups, devices=busy),
        )
    faults = {what: STRENGTH.get(what, 4)}
    return replace(profile, faults=faults, fates={}, stalls=0.0, workers=max(2, profile.workers))


def _budgets(luck: Random) -> tuple[int, int, int]:
    if luck.random() < 0.4:
        return 5000, 200, 100_000
    return luck.choice((1, 2, 10)), luck.choice((1, 2, 10)), luck.choice((1, 2, 3, 10))


def _fates(luck: Random) -> Mapping[Fate, float]:
    fates: tuple[Fate, ...] = ("slow", "ack_lost", "late", "lost", "doubled")
    shares = {fate: luck.choice((0.02, 0.1)) for fate in fates if luck.random() < 0.5}
    return {fate: 3 * share if fate == "slow" else share for fate, share in shares.items()}


def _slowness(luck: Random, *, calm: bool) -> Slowness:
    return Slowness(
        share=0.0 if calm else luck.choice((0.0, 0.05, 0.5)),
        most_s=luck.choice((3.0, 30.0)),
        closing_s=0.3 if calm else luck.choice((0.01, 0.3, 0.9)),
    )


def _faults(luck: Random, size: Size, *, calm: bool) -> Mapping[Fault, int]:
    candidates: tuple[Fault, ...] = ("move", "stop", "gap") if calm else FAULTS
    share, alone = luck.choice((0.15, 0.4)), luck.choice(candidates)
    if luck.random() < ALONE:  # other faults can hide what one kind shows
        return {alone: _times(alone, size)}
    return {fault: luck.randint(1, _times(fault, size)) for fault in candidates if luck.random() < share}


def _times(fault: Fault, size: Size) -> int:
    return max(1, round(STRENGTH.get(fault, 4) * size.strength))


def _rules(luck: Random) -> Rules:
    return Rules(
        drivers={kind: traits_of(kind) for kind in KINDS},
        max_attempts=luck.choice((3, 10)),
        reconcile_s=luck.choice((1.0, 5.0, 20.0)),
        backoff_max_s=10.0,
        max_waiting=luck.choice((5, 1000)),
        decision_events=luck.choice((2, 500)),
        value_of=values_of(KEY),
    )


def _group(luck: Random, kind: Kind, count: int, calm: bool) -> Group:
    traits = traits_of(kind)
    bad = 0.0 if calm else 1.0
    links = {
        "connect_ms": luck.choice((Uniform(20, 200), Uniform(20, 200), Uniform(500, 8000))),
        "unreachable_share": bad * luck.choice((0.0, 0.3)),
        "needs_pairing_share": bad * luck.choice((0.0, 0.3)),
        "banned_share": bad * luck.choice((0.0, 0.3)),
        "ban_s": 8.0,
        "first_link_drops_share": bad * luck.choice((0.0, 0.5)),
        "drops_per_hour": bad * luck.choice((0.0, 360.0)),
        "drop_share": bad * luck.choice((0.0, 0.1)),
        "new_chat_lock_share": bad * luck.choice((0.0, 0.1)),
        "new_chat_lock_s": 6.0,
    }
    asks = {
        "report_lag_ms": luck.choice((Uniform(0, 0), Uniform(0, 8000))),
        "unanswered_asks_share": bad * luck.choice((0.0, 0.2)),
    }
    return Group(
        driver=kind,
        prefix=prefix_of(kind),
        count=count,
        send_ms=luck.choice((Lognormal(20, 0.5), Lognormal(400, 1.0))),
        rejected_share=bad * luck.choice((0.0, 0.1)),
        deferred_share=bad * luck.choice((0.0, 0.1)),
        lost_share=bad * luck.choice((0.0, 0.1)),
        answer_lost_share=bad * luck.choice((0.0, 0.1)),
        **(links if traits.linked else {}),  # type: ignore[arg-type]  # each of its field's type
        **(asks if traits.answers_asks else {}),  # type: ignore[arg-type]
    )


def prefix_of(kind: Kind) -> str:
    """What the ids of a kind's devices begin with."""
    return f"{kind}-"
