"""Devices that alone stand still, because their owner met a bug with them (docs/decisions/0003-bugs.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mendline.doctor.finding import Finding, Level
from mendline.doctor.tails import Seen, Tail
from schemas.message import PartitionClaimed, PartitionReleased, RequestRefused
from streams.ownership.faults import QUARANTINED

ENDS = (PartitionClaimed.type, PartitionReleased.type)
ADVICE = "report it with what its worker's log says about the device; the partition's next claim tries again"


def quarantined_devices(events: Sequence[Tail]) -> list[Finding]:
    """Devices in quarantine, as far as the log knows: those that refused a request for it since the last claim."""
    return [finding for tail in events for finding in _of_partition(tail)]


def _of_partition(tail: Tail) -> list[Finding]:
    counting = [seen for seen in tail.events if seen.counts]
    ended = max((at for at, seen in enumerate(counting) if _type(seen) in ENDS), default=-1)
    refused = Counter(seen.envelope.subject for seen in counting[ended + 1 :] if seen.envelope and _refuses(seen))
    return [
        Finding(
            Level.WRONG,
            f"device {device_id}",
            f"stands still since its owner met a bug: {count} requests refused, in {tail.topic}/{tail.partition}",
            ADVICE,
        )
        for device_id, count in refused.items()
    ]


def _type(seen: Seen) -> str:
    return seen.envelope.type if seen.envelope else ""


def _refuses(seen: Seen) -> bool:
    data = seen.envelope.data if seen.envelope and seen.envelope.type == RequestRefused.type else {}
    return data.get("detail") == QUARANTINED
