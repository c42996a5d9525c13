"""One live link a device, at the device: two overlap only where a stopped process could not close its own."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from schemas.envelope import decode_event
from schemas.fence import Fence, Verdict
from schemas.partitioner import partition_of
from streams.drivers.simulation.ledger import Entry
from tests.faults.simulation.process import Process
from tests.faults.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run

ENDS = frozenset({"unreachable", "needs_pairing", "banned", "replaced", "dropped", "closed", "abandoned"})
AWAKE_S = 5.0
"""A process that has been running for so long has had the time to close what it does not own any more."""

NOTICED_S = 8.0
"""Who is cut off from the coordinator alone looks into the log whenever a commit has timed out."""

Held = tuple[int, int | None]
"""A session and its link."""


def check_overlaps(run: Run) -> list[str]:
    """Whether every link that began beside a living one has the excuse that log-fence.md admits."""
    sessions, found = run.witness.sessions, []
    for entry, (session, link), at in _overlaps(run.fleet.entries()):
        maker, holder = sessions[entry.session], sessions[session]
        excused = (
            holder.was_stopped(at - AWAKE_S, at)
            or _could_not_know(run, entry, holder, at)
            or _was_stopped_beginning(run, entry, maker, at)
        )
        if maker is holder or not excused:
            found.append(
                f"overlap: {entry.device_id}: {maker} made link {entry.link} beside {link} of {holder} at {at:.3f}"
            )
    return found


def _could_not_know(run: Run, entry: Entry, holder: Process, at: float) -> bool:
    """Whether another has claimed only just now, and the group did not tell the holder: it is cut off from the
    coordinator, or a process of its name has its place.
    """
    partition = partition_of(entry.device_id.encode(), run.profile.partitions)
    lost_at = math.inf
    for time, process in markers(run, partition):
        if process is holder:
            lost_at = math.inf
        elif time <= at:
            lost_at = min(lost_at, time)
    untold = holder.was_cut_off(at - NOTICED_S, at) or holder.name in run.shared_names
    return untold and at - lost_at <= NOTICED_S


def _was_stopped_beginning(run: Run, entry: Entry, maker: Process, at: float) -> bool:
    """Whether it was stopped between its last look at ownership and what its driver writes."""
    assert entry.link is not None
    return maker.was_stopped(run.witness.connects[maker, entry.device_id, entry.link], at)


def markers(run: Run, partition: int) -> Iterator[tuple[float, Process]]:
    """The valid claim markers of a partition: when, and whose."""
    fence = Fence()
    for record in run.brokers.events[partition].all():
        event = decode_event(record.value)
        if fence.judge(record.offset, event) is Verdict.CLAIMED:
            yield record.time / 1000 - EPOCH.timestamp(), run.witness.claims[event.claim]


def _overlaps(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Held, float]]:
    living: defaultdict[str, set[Held]] = defaultdict(set)
    for entry in entries:
        links, link = living[entry.device_id], (entry.session, entry.link)
        if entry.what == "connecting":
            yield from ((entry, other, entry.at - EPOCH.timestamp()) for other in sorted(links, key=str))
            links.add(link)
        elif entry.what in ENDS and entry.message_id is None:
            links.discard(link)
