"""Which sends were left uncertain, and whether they had to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.fence import Verdict
from tests.faults.cluster.story import Harm
from tests.faults.real.attempts import attempts
from tests.faults.real.log import Seen

APPENDED_LATE_S = 0.5
"""So long after a kill the brokers may still append an intent of the dead."""
Send = tuple[int, int]
"""Partition and request."""


def unexplained(events: Sequence[Seen], harms: Sequence[Harm]) -> list[Seen]:
    """Every send that was left uncertain though no kill or stop of its attempt's worker came between the two.

    What a worker knows of sends under a claim that it has lost it reports: those are uncertain for a moment.
    """
    doubts = {_send(seen): seen for seen in _counted(events, "send_uncertain")}
    known = {_send(seen) for seen in _counted(events, "send_resolved") if seen.event.data["by"] == "outcome"}
    explained = known | _harmed(events, doubts, harms)
    return [seen for send, seen in doubts.items() if send not in explained]


def _harmed(events: Sequence[Seen], doubts: dict[Send, Seen], harms: Sequence[Harm]) -> set[Send]:
    owners = {seen.event.claim: seen.event.data["owner"] for seen in events if seen.verdict is Verdict.CLAIMED}
    found = set()
    for attempt in attempts(events):
        send = _send(attempt.intent)
        if attempt.cut and send in doubts:
            owner, since = owners[attempt.intent.event.claim], attempt.intent.at - APPENDED_LATE_S
            if any(harm.who == owner and since < harm.before and harm.after < doubts[send].at for harm in harms):
                found.add(send)
    return found


def _counted(events: Iterable[Seen], type_: str) -> list[Seen]:
    return [seen for seen in events if seen.verdict is Verdict.COUNTS and seen.event.type == type_]


def _send(seen: Seen) -> Send:
    return seen.partition, seen.event.data["request"]
