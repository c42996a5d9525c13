"""What an owner is told at its beginning: what it owns, and what it inherits."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """Which partition is owned, of how many, under which claim, by which installation."""

    topic: str
    partition: int
    partitions: int
    claim: str
    installation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What a new owner is told of the time before its marker.

    own_claims: earlier claims of this same process. running: effects of those that still run here, or whose outcome
    is kept: (device, message id, attempt). living: links that are up here, by device.
    orphans_wait_until: before then a former owner may still report attempts left open.
    resumes_at: the offset of the first request to decide, where that lies behind the position that the events tell.
    """

    own_claims: Set[str] = frozenset()
    running: Set[tuple[str, str, int]] = frozenset()
    living: Mapping[str, int] | None = None
    orphans_wait_until: datetime | None = None
    resumes_at: int = 0
