"""What one run is made of, drawn from its seed: every run has some kinds of faults and lacks others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from streams.device.facts import Rules
from streams.drivers.simulation.description import Fleet, Group
from streams.drivers.simulation.kinds import KINDS, Kind, traits_of
from streams.drivers.simulation.latency import Lognormal, Uniform
from streams.worker.terms import Terms
from tests.faults.simulation.driver import Slowness
from tests.faults.simulation.network import Fate

Fault = Literal[
    "kill", "freeze", "stop", "cut_off", "move", "leader", "clock", "wire", "sick", "stroke", "gap", "stray_batch"
]  # fmt: skip
FAULTS: tuple[Fault, ...] = (
    "kill", "freeze", "stop", "cut_off", "move", "leader", "clock", "wire", "sick", "stroke", "gap", "stray_batch",
)  # fmt: skip
STRENGTH: Mapping[Fault, int] = {"move": 8, "leader": 8, "stroke": 8, "sick": 6, "wire": 3, "gap": 10, "stray_batch": 6}
"""At most how often in a run, where not 4 times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """devices: by kind. budgets: sends, refreshes and links. faults: how often each strikes in `chaos_s` seconds."""

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

    @property
    def calm(self) -> bool:
        """Whether only partitions move, and nothing goes wrong."""
        return not self.fates and not self.stalls and set(self.faults) <= {"move", "stop", "gap"}


def draw_profile(luck: Random) -> Profile:
    """A run's profile."""
    calm, gentle = luck.random() < 0.1, luck.random() < 0.4
    devices = _devices(luck)
    drawn = Profile(
        partitions=luck.choice((1, 1, 2, 3)),
        workers=luck.choice((1, 2, 2, 3, 3)),
        devices=devices,
        requests=luck.choice((15, 40, 80)),
        chaos_s=luck.choice((10.0, 25.0, 40.0)),
        budgets=_budgets(luck),
        fates={} if calm or gentle else _fates(luck),
        stalls=0.0 if calm else luck.choice((0.0, 0.0, 0.05)),
        faults=_faults(luck, calm=calm),
        static=luck.random() < 0.5,
        slowness=Slowness(0.0 if calm else luck.choice((0.0, 0.05, 0.3)), luck.choice((3.0, 30.0))),
        groups=Fleet(seed=luck.getrandbits(32), devices=tuple(_group(luck, k, n, calm) for k, n in devices.items())),
        rules=_rules(luck),
        terms=_terms(luck),
        skew_s=0.0 if calm else luck.choice((0.0, 1.0, 12.0)),
    )
    closing_s = 0.3 if calm else luck.choice((0.3, 0.3, 1.9))
    return replace(drawn, slowness=replace(drawn.slowness, closing_s=closing_s))


def _terms(luck: Random) -> Terms:
    return Terms(
        pause_at=luck.choice((3, 4000)),
        resume_at=1,
        requests_a_turn=luck.choice((1, 200)),
        append_bytes=luck.choice((2000, 900_000)),
    )


def _devices(luck: Random) -> Mapping[Kind, int]:
    kinds = luck.sample(KINDS, luck.randint(1, 4))
    return {kind: luck.randint(1, 3) for kind in KINDS if kind in kinds}


def _budgets(luck: Random) -> tuple[int, int, int]:
    if luck.random() < 0.4:
        return 5000, 200, 100_000
    return luck.choice((1, 2, 10)), luck.choice((1, 2, 10)), luck.choice((1, 2, 3, 10))


def _fates(luck: Random) -> Mapping[Fate, float]:
    fates: tuple[Fate, ...] = ("slow", "ack_lost", "late", "lost", "doubled")
    shares = {fate: luck.choice((0.02, 0.1)) for fate in fates if luck.random() < 0.5}
    return {fate: 3 * share if fate == "slow" else share for fate, share in shares.items()}


def _faults(luck: Random, *, calm: bool) -> Mapping[Fault, int]:
    candidates: tuple[Fault, ...] = ("move", "stop", "gap") if calm else FAULTS
    share = luck.choice((0.15, 0.4))
    return {fault: luck.randint(1, STRENGTH.get(fault, 4)) for fault in candidates if luck.random() < share}


def _rules(luck: Random) -> Rules:
    return Rules(
        drivers={kind: traits_of(kind) for kind in KINDS},
        max_attempts=luck.choice((3, 10)),
        reconcile_s=luck.choice((5.0, 20.0)),
        backoff_max_s=10.0,
        max_waiting=luck.choice((5, 1000)),
        decision_events=luck.choice((2, 500)),
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
