"""How often snapshots are taken in a run, and what befalls them: drawn from its seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelving:
    """every: events between two snapshots of a partition. kills, stops: of the snapshotter. compactions: of the topic.

    lost_tails: whether somebody has taken snapshots of what a dying leader had, and the log has not.
    """

    every: int
    look_s: float
    chunk_bytes: int
    kills: int
    stops: int
    compactions: int
    lost_tails: bool


def draw_shelving(luck: Random, *, calm: bool, strength: float) -> Shelving | None:
    """A run's snapshots; None: nobody takes any."""
    if luck.random() < 0.4:
        return None
    most = 0 if calm else max(1, round(4 * strength))
    return Shelving(
        every=luck.choice((1, 5, 20)),
        look_s=luck.choice((0.3, 1.0, 3.0)),
        chunk_bytes=luck.choice((400, 1500, 100_000)),
        kills=luck.randint(0, 2 * most),
        stops=luck.randint(0, most),
        compactions=luck.randint(0, most),
        lost_tails=not calm and luck.random() < 0.5,
    )
