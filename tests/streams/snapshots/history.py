"""A history of one partition, long enough for several snapshots, and what it amounts to at each of its positions."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.device import outcomes as o
from schemas.envelope import decode_event
from schemas.fence import Verdict
from streams.log.ports import EventRecord
from streams.ownership.folding import Folding, state_version
from streams.ownership.lineage import Lineage
from streams.ownership.snapshot import Place, Snapshot
from tests.streams.ownership.stage import HI, stage


def history(sends: int = 20) -> list[EventRecord]:
    """Sends of one device, each accepted, and then another claim."""
    on = stage("platform")
    for number in range(sends):
        on.ask("d1", HI, f"order-{number}")
        on.append()
        on.answer(on.sends()[0], o.Accepted())
        on.append()
    on.claim()
    return on.events


def folded(events: Sequence[EventRecord]) -> Folding:
    """What they amount to."""
    folding = Folding()
    for offset, event in enumerate(events):
        folding.fold(offset, decode_event(event.value))
    return folding


def snapshot_of(topic: str, events: Sequence[EventRecord], claim: str | None = None) -> Snapshot:
    """A snapshot of all of it, under the claim of its last event unless another is given."""
    folding, last = folded(events), decode_event(events[-1].value)
    envelopes = [decode_event(event.value) for event in events]
    markers = [e.data for e in envelopes if Folding().fold(0, e) is Verdict.CLAIMED]
    return Snapshot(
        place=Place(topic, 0, claim or last.claim, len(events)),
        generation=folding.fence.generation,
        next_request=folding.next_request,
        version=state_version(),
        markers=Lineage(markers).markers(),
        state=folding.saved(),
    )
