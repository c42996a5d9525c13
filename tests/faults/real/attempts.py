"""Every attempt in a log, beside the ledger and the kills: at which step of it a worker was killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from schemas.fence import Verdict
from streams.drivers.simulation.ledger import Entry
from tests.faults.real.log import Seen
from tests.faults.real.program import Kill

ABOUT_ATTEMPTS = frozenset(
    {"send_attempted", "send_returned", "send_accepted", "send_rejected", "send_deferred", "send_reconciling",
     "send_uncertain"}
)  # fmt: skip
MARGIN_S = 0.01
Step = Literal["intent, not sent", "sent, not answered", "answered, not appended", "unclear"]
Latency = Callable[[str], float]
"""Of a device: after how many seconds the fleet answers its sends."""


class Attempt(NamedTuple):
    """An intent that counts, and the next event about its send that counts."""

    message_id: str
    number: int
    intent: Seen
    then: Seen | None

    @property
    def cut(self) -> bool:
        """Whether the claim that began it wrote nothing of its end."""
        return self.then is None or self.then.event.claim != self.intent.event.claim


def attempts(events: Iterable[Seen]) -> Iterator[Attempt]:
    """All attempts and repeats, in the order in which they ended."""
    running: dict[tuple[int, int], Seen] = {}
    for seen in events:
        if seen.verdict is not Verdict.COUNTS or seen.event.type not in ABOUT_ATTEMPTS:
            continue
        send = seen.partition, seen.event.data["request"]
        if (intent := running.pop(send, None)) is not None:
            yield Attempt(intent.event.data["message_id"], intent.event.data["attempt"], intent, seen)
        if seen.event.type == "send_attempted" or seen.event.data.get("by") == "repeat":
            running[send] = seen
    for intent in running.values():
        yield Attempt(intent.event.data["message_id"], intent.event.data["attempt"], intent, None)


class Claims:
    """When each claim began."""

    def __init__(self, events: Iterable[Seen], kills: Sequence[Kill]) -> None:
        self._began = {e.event.claim: e.at for e in events if e.verdict is Verdict.CLAIMED}
        self._kills = kills

    def killed(self, claim: str) -> Kill | None:
        """The kill that came next after a claim began."""
        return next((kill for kill in self._kills if kill.before > self._began[claim]), None)


def steps(cut: Iterable[Attempt], entries: Iterable[Entry], claims: Claims, latency: Latency) -> Counter[Step]:
    """How many of the attempts that were cut had come to which step when their worker was killed."""
    reached = {(e.message_id, e.attempt): e.at for e in reversed([*entries]) if e.message_id is not None}
    found: Counter[Step] = Counter()
    for attempt in cut:
        kill = claims.killed(attempt.intent.event.claim)
        if kill is not None:
            sent_at = reached.get((attempt.message_id, attempt.number))
            found[_step(sent_at, latency(attempt.intent.event.subject), kill)] += 1
    return found


def _step(sent_at: float | None, latency: float, kill: Kill) -> Step:
    if sent_at is None:
        return "intent, not sent"
    if sent_at + latency > kill.before + MARGIN_S:
        return "sent, not answered"
    if sent_at + latency < kill.after - MARGIN_S:
        return "answered, not appended"
    return "unclear"


def unexplained(events: Sequence[Seen], claims: Claims) -> list[Seen]:
    """Every `send_uncertain` of whose send no attempt was open when a worker was killed."""
    cut = {
        (attempt.intent.partition, attempt.intent.event.data["request"])
        for attempt in attempts(events)
        if attempt.cut and claims.killed(attempt.intent.event.claim) is not None
    }
    uncertain = (e for e in events if e.verdict is Verdict.COUNTS and e.event.type == "send_uncertain")
    return [seen for seen in uncertain if (seen.partition, seen.event.data["request"]) not in cut]


def cut_connects(events: Iterable[Seen]) -> int:
    """How many refreshes were under way when the claim that began them ended."""
    started: dict[tuple[int, str], str] = {}
    cut = 0
    for seen in events:
        device = seen.partition, seen.event.subject
        if seen.verdict is Verdict.CLAIMED:
            mine = [each for each in started if each[0] == seen.partition]
            cut += len(mine)
            for each in mine:
                del started[each]
        elif seen.verdict is Verdict.COUNTS and seen.event.type == "refresh_started":
            started[device] = seen.event.claim
        elif seen.verdict is Verdict.COUNTS and seen.event.type in ("refresh_succeeded", "refresh_failed"):
            started.pop(device, None)
    return cut
