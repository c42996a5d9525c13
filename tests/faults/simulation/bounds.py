"""Budgets are kept: no owner has more sends, connects or links under way than its process may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.simulation.doubts import Event
    from tests.faults.simulation.run import Run

BEGINS = {"send_attempted": "sends", "refresh_started": "connects", "device_connected": "links"}
ENDS = {
    "send_accepted": "sends",
    "send_rejected": "sends",
    "send_deferred": "sends",
    "send_returned": "sends",
    "send_reconciling": "sends",
    "send_uncertain": "sends",
    "refresh_succeeded": "connects",
    "refresh_failed": "connects",
    "device_disconnected": "links",
}


def check_bounds(run: Run, events: Iterable[Event]) -> list[str]:
    """Whether every claim stayed within its budgets; `events`: those that count, by partition and offset."""
    sends, refreshes, links = run.profile.budgets
    limits = {"sends": sends, "connects": refreshes, "links": links}
    return [
        f"bound: {count} {what} at once at events/{event.partition}/{event.offset}, of {limits[what]}"
        for event, what, count in _under_way(events)
        if count > limits[what]
    ]


def _under_way(events: Iterable[Event]) -> Iterator[tuple[Event, str, int]]:
    open_ones: dict[str, set[str]] = {"sends": set(), "connects": set(), "links": set()}
    for event in events:
        kind, device_id = event.envelope.type, event.envelope.subject
        if kind.startswith("partition_"):
            open_ones = {"sends": set(), "connects": set(), "links": set()}
        elif (ended := ENDS.get(kind)) is not None:
            open_ones[ended].discard(device_id)
        elif (begun := BEGINS.get(kind)) is not None:
            open_ones[begun].add(device_id)
            yield event, begun, len(open_ones[begun])
