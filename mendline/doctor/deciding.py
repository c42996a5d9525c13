"""Whether requests come to their fates: what waits, since when, and what was refused lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from mendline.doctor.finding import Finding, Level, listed, of_stream
from mendline.doctor.tails import Tail
from schemas.message import RequestRefused

PATIENCE_S = 10.0
"""A request that waits this long for its fate is worth a finding: workers start within a few seconds."""
MISPLACED = "wrong_partition"


class Backlog(NamedTuple):
    """What one partition has still to decide. since_ms: when the first that waits came; None: unknown or nothing."""

    partition: int
    waiting: int
    since_ms: int | None


def decided_up_to(events: Tail) -> int | None:
    """The offset of the next request to decide; None: the tail does not tell."""
    decided = [s.envelope.decides for s in events.events if s.counts and s.envelope and s.envelope.decides is not None]
    if decided:
        return max(decided) + 1
    return 0 if events.whole else None


def backlog(requests: Tail, events: Tail) -> Backlog | None:
    """What a partition has still to decide; None: the tail of its events does not tell."""
    decided = decided_up_to(events)
    if decided is None:
        return None
    waiting = [record.time for record in requests.records if record.offset >= decided]
    return Backlog(requests.partition, max(0, requests.end - max(decided, requests.first)), min(waiting, default=None))


def waiting_requests(requests: Sequence[Tail], events: Sequence[Tail], now_ms: int) -> list[Finding]:
    """Whether requests wait for their fates, and for how long."""
    known = [b for b in map(backlog, requests, events) if b is not None]
    waiting = sum(b.waiting for b in known)
    late = [b for b in known if b.since_ms is not None and b.waiting and now_ms - b.since_ms > PATIENCE_S * 1000]
    where = f"requests{of_stream(requests[0].topic)}"
    if not late:
        return [Finding(Level.FINE, where, f"{waiting} wait for their fates, none for long")]
    oldest_s = (now_ms - min(b.since_ms or now_ms for b in late)) / 1000
    what = (
        f"{sum(b.waiting for b in late)} requests wait in partitions {listed(b.partition for b in late)}, "
        f"the first for {oldest_s:.0f} s"
    )
    return [Finding(Level.WRONG, where, what, "is a worker running, and does it reach the brokers? see its log")]


def lost_requests(requests: Sequence[Tail], events: Sequence[Tail]) -> list[Finding]:
    """Requests that ran out of retention before they were decided."""
    findings = []
    for asked, decided in zip(requests, events, strict=False):
        next_request = decided_up_to(decided)
        if next_request is not None and next_request < asked.first:
            what = f"{asked.first - next_request} requests from offset {next_request} on were deleted undecided"
            advice = "lengthen the topic's retention.ms, and have their producers publish them again"
            findings.append(Finding(Level.WRONG, f"{asked.topic}/{asked.partition}", what, advice))
    return findings


def refusals(events: Sequence[Tail]) -> list[Finding]:
    """What was refused lately, by reason; wrong partitions have findings of their own."""
    envelopes = [seen.envelope for tail in events for seen in tail.events if seen.counts and seen.envelope]
    refused = [e.data for e in envelopes if e.type == RequestRefused.type and e.data.get("reason") != MISPLACED]
    if not refused:
        return []
    reasons = Counter(str(data.get("reason")) for data in refused)
    what = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    where = f"requests{of_stream(events[0].topic)}"
    return [Finding(Level.NOTICE, where, f"refused lately: {what}", f"the last: {refused[-1].get('detail')}")]
