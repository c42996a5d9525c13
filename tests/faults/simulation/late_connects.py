"""No link is begun once the end of its refresh is known: who waited for another's close is told in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tests.faults.simulation.process import Process
from tests.faults.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.faults.simulation.doubts import Event
    from tests.faults.simulation.run import Run

ON_ITS_WAY_S = 0.06
"""A connect to its device."""
AWAKE_S = 5.0
Begun = tuple[str, int, Process]
"""A device, the number of its link and refresh, and the process that began it."""


def check_late_connects(run: Run, events: Iterable[Event]) -> list[str]:
    """Whether a device saw a connect begin after the end of its refresh was acknowledged to who began it."""
    ended = dict(_known_ends(run, events))
    return [
        f"late: {maker} connects {device_id} at {at:.3f}, refresh {link} ended at {known_at:.3f}"
        for (device_id, link, maker), at in _connects(run)
        if (known_at := ended.get((device_id, link, maker), at)) < at - ON_ITS_WAY_S
        and not maker.was_stopped(at - AWAKE_S, at)
    ]


def _connects(run: Run) -> Iterator[tuple[Begun, float]]:
    for entry in run.fleet.entries():
        if entry.what == "connecting" and entry.link is not None:
            maker = run.witness.sessions[entry.session]
            yield (entry.device_id, entry.link, maker), entry.at - EPOCH.timestamp()


def _known_ends(run: Run, events: Iterable[Event]) -> Iterator[tuple[Begun, float]]:
    for event in events:
        known_at = run.witness.acked.get((event.partition, event.offset))
        if event.envelope.type == "refresh_failed" and known_at is not None:
            teller = run.witness.claims[event.envelope.claim]
            yield (event.envelope.subject, event.envelope.data["refresh"], teller), known_at
