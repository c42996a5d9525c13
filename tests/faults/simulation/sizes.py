"""How large a run may be: mostly small, because many histories find more than long ones, and are told sooner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a run may have; strength: the part of a long run's faults that strikes."""

    partitions: tuple[int, ...]
    workers: tuple[int, ...]
    kinds: int
    of_a_kind: int
    requests: tuple[int, int]
    chaos_s: tuple[float, float]
    strength: float


SMALL = Size(
    partitions=(1, 1, 1, 2),
    workers=(1, 2, 2, 2, 3),
    kinds=2,
    of_a_kind=2,
    requests=(3, 14),
    chaos_s=(3.0, 9.0),
    strength=0.4,
)
MIDDLE = Size(
    partitions=(1, 1, 2, 3),
    workers=(1, 2, 2, 3, 3),
    kinds=4,
    of_a_kind=3,
    requests=(15, 50),
    chaos_s=(10.0, 30.0),
    strength=1.0,
)
LARGE = Size(
    partitions=(2, 3, 4),
    workers=(2, 3, 4),
    kinds=4,
    of_a_kind=6,
    requests=(80, 250),
    chaos_s=(30.0, 60.0),
    strength=2.0,
)
SIZES, WEIGHTS = (SMALL, MIDDLE, LARGE), (84, 14, 2)
