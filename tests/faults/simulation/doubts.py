"""Doubt needs a cause: nothing is called uncertain that somebody knows, and nothing known is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.device.outcomes import Accepted
from schemas.envelope import EventEnvelope, decode_event
from schemas.fence import Fence, Verdict
from tests.faults.simulation.witness import Heard, Witness
from tests.faults.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run

TELLING_S = 30.0
"""A process that lives so long after it heard an outcome has had the time to hand it on."""
LIES = frozenset({"lost", "sent_answer_lost"})
"""After these the devices' side told nobody what came of a send."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that counts, or a valid marker, with the broker's time."""

    partition: int
    offset: int
    at: float
    envelope: EventEnvelope


def check_doubts(run: Run, events: list[Event]) -> list[str]:
    """Every doubt has its cause, and every outcome that a living process heard is in the log."""
    return [*_causeless(run, events), *_forgotten(run, events)]


def counted(run: Run, partition: int) -> Iterator[Event]:
    """The events of a partition that count, and the markers that are valid."""
    fence = Fence()
    for record in run.brokers.events[partition].all():
        envelope = decode_event(record.value)
        if fence.judge(record.offset, envelope) is not Verdict.VOID:
            yield Event(partition, record.offset, record.time / 1000 - EPOCH.timestamp(), envelope)


def _causeless(run: Run, events: list[Event]) -> Iterator[str]:
    """Owners that doubt an attempt of their own process, of which the device's side kept nothing back."""
    lied = {e.message_id for e in run.fleet.entries() if e.what in LIES}
    tries: dict[tuple[int, int], Event] = {}
    for event in events:
        data = event.envelope.data
        match event.envelope.type:
            case "send_attempted":
                tries[event.partition, data["request"]] = event
            case "send_reconciling" | "send_uncertain" if data["reason"] == "owner_lost":
                tried = tries.get((event.partition, data["request"]))
                if tried is None or tried.envelope.data["message_id"] in lied:
                    continue
                if _in_one_hold(run.witness, tried.envelope.claim, event.envelope.claim):
                    process = run.witness.claims[event.envelope.claim]
                    yield f"doubt: {process} doubts its own attempt {event.partition}/{tried.offset} at {event.offset}"


def _in_one_hold(witness: Witness, claim: str, later: str) -> bool:
    """Whether two claims are of one process that had the partition all the time between them."""
    process = witness.claims[claim]
    same = process is witness.claims[later] and witness.generations[claim] == witness.generations[later]
    return same and not process.cuts


def _says_nothing_of_repeats(heard: Heard, uncertain: Event) -> bool:
    """What was repeated since may have left; only that it was taken settles that."""
    return heard.attempt < uncertain.envelope.data["attempt"] and not isinstance(heard.outcome, Accepted)


def _forgotten(run: Run, events: list[Event]) -> Iterator[str]:
    """Sends that stay uncertain although a process was told what came of them, and lived to tell."""
    messages = {
        (event.partition, event.envelope.data["request"]): event.envelope.data["message_id"]
        for event in events
        if event.envelope.type == "send_attempted"
    }
    uncertain: dict[tuple[int, int], Event] = {}
    given_up: dict[tuple[int, int], int] = {}
    for event in events:
        key = event.partition, event.envelope.data.get("request", -1)
        if event.envelope.type == "send_uncertain":
            uncertain[key] = event
        elif event.envelope.type == "send_resolved":  # a person may have it sent again: then older attempts are past
            given_up[key] = event.envelope.data["attempt"]
            uncertain.pop(key, None)
    for key, event in uncertain.items():
        for heard in run.witness.heard.get(messages.get(key, ""), ()):
            if heard.attempt <= given_up.get(key, 0) or _says_nothing_of_repeats(heard, event):
                continue
            if heard.process.ended_at - heard.at > TELLING_S or heard.process.ended_at > run.world.peace_at:
                yield (
                    f"forgotten: send {key} stays uncertain ({event.offset}, {event.envelope.data['reason']}), but "
                    f"{heard.process} heard {heard.outcome} of attempt {heard.attempt} at {heard.at:.3f}"
                )
