"""Who owns which partition, since when, and whether somebody who no longer does still writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mendline.doctor.finding import Finding, Level, listed, of_stream
from mendline.doctor.tails import Seen, Tail
from schemas.message import PartitionClaimed, PartitionReleased

LATELY_MS = 10 * 60 * 1000
RESTLESS = 4
"""So many claims of one partition within ten minutes are more than a restart or two."""


def owners(events: Sequence[Tail]) -> list[Finding]:
    """Who owns which partitions, and which nobody owns."""
    by_owner: dict[str, list[int]] = defaultdict(list)
    for tail in events:
        by_owner[_owner(tail)].append(tail.partition)
    of = of_stream(events[0].topic) if events else ""
    return [_ownership(owner, partitions, of) for owner, partitions in sorted(by_owner.items())]


def takeovers(events: Sequence[Tail], now_ms: int) -> list[Finding]:
    """Partitions that change hands again and again."""
    claims = {tail.partition: [m for m in _markers(tail) if now_ms - m.time_ms < LATELY_MS] for tail in events}
    restless = {partition: markers for partition, markers in claims.items() if len(markers) >= RESTLESS}
    if not restless:
        return []
    names = ", ".join(sorted({_claimed_by(marker) for markers in restless.values() for marker in markers}))
    which = f"partitions {listed(restless)}{of_stream(events[0].topic)}"
    most = max(map(len, restless.values()))
    what = f"{which} were claimed up to {most} times within ten minutes, by {names}"
    advice = "a worker that is stopped again and again, or two with one instance id? see their logs"
    return [Finding(Level.NOTICE, "ownership", what, advice)]


def void_events(events: Sequence[Tail]) -> list[Finding]:
    """Events that do not count, because who wrote them was owner no more."""
    found = [f"{t.topic}/{t.partition}/{seen.offset}" for t in events for seen in t.events if not seen.counts]
    if not found:
        return []
    what = f"{len(found)} void events lately, the last at {found[-1]}"
    advice = "nothing is lost; a worker was cut off while it wrote: was its process or machine stopped?"
    return [Finding(Level.NOTICE, "ownership", what, advice)]


def _owner(tail: Tail) -> str:
    """The instance id of a partition's owner; empty: nobody's; `?`: it claimed before the tail begins."""
    counting = [seen for seen in tail.events if seen.counts]
    if not counting:
        return "" if tail.whole else "?"
    last = counting[-1].envelope
    if last is None or last.type == PartitionReleased.type:
        return ""
    claims = {m.envelope.claim: _claimed_by(m) for m in _markers(tail) if m.envelope}
    return claims.get(last.claim, "?")


def _ownership(owner: str, partitions: list[int], of: str) -> Finding:
    where = f"partitions {listed(partitions)}{of}"
    if owner == "?":
        return Finding(Level.FINE, where, "were claimed before the records that were read; --last reads more")
    if not owner:
        return Finding(Level.WRONG, where, "belong to nobody: no request there is decided", "start a worker")
    return Finding(Level.FINE, where, f"belong to {owner}")


def _markers(tail: Tail) -> list[Seen]:
    return [s for s in tail.events if s.envelope and s.envelope.type == PartitionClaimed.type]


def _claimed_by(marker: Seen) -> str:
    data = marker.envelope.data if marker.envelope else {}
    return f"{data.get('owner')} (generation {data.get('generation')})"
