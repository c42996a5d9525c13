"""The history of one run for a person: what was noted, what lies in the logs, what the devices saw, by time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.envelope import EventEnvelope, decode_event
from schemas.fence import Fence, Verdict
from tests.faults.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run

Line = tuple[float, str, str]
SHOWN = ("request", "attempt", "link", "refresh", "reason", "why", "owner", "generation", "outcome", "how", "until")


def tell(run: Run) -> tuple[str, ...]:
    """The whole history, a line each."""
    lines = [*run.world.notes, *_events(run), *_effects(run)]
    return tuple(f"{at:9.3f}  {who:16} {what}" for at, who, what in sorted(lines, key=lambda line: line[0]))


def _events(run: Run) -> Iterator[Line]:
    for log in run.brokers.events:
        fence = Fence()
        for record in log.all():
            event = decode_event(record.value)
            verdict = fence.judge(record.offset, event)
            yield record.time / 1000 - EPOCH.timestamp(), log.name, _event(run, record.offset, event, verdict)


def _event(run: Run, offset: int, event: EventEnvelope, verdict: Verdict) -> str:
    data = {name: event.data[name] for name in SHOWN if event.data.get(name) is not None}
    details = " ".join(f"{name}={value}" for name, value in data.items())
    fate = "" if event.decides is None else f" decides {event.decides}"
    worth = " [void]" if verdict is Verdict.VOID else ""
    who = run.witness.claims.get(event.claim)
    return f"{offset} {event.type} {event.subject} {details}{fate} ({who}, {event.cause}){worth}"


def _effects(run: Run) -> Iterator[Line]:
    for entry in run.fleet.entries():
        what = f"{entry.what} link={entry.link} by {entry.worker}#{entry.session}"
        message = f" {entry.message_id[:6]} attempt {entry.attempt}" if entry.message_id else ""
        yield entry.at - EPOCH.timestamp(), entry.device_id, what + message
