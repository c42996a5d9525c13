"""What must hold when everything has come to rest, at the end, and for the whole history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mendline.verify.check import check
from mendline.verify.history import History, PartitionHistory, RawRecord
from mendline.verify.limits import Limits
from schemas.partitioner import partition_of
from streams.drivers.simulation.ledger import Entry
from streams.log.ports import LogRecord
from streams.ownership.owner import Owner
from tests.faults.simulation.bounds import check_bounds
from tests.faults.simulation.contents import check_contents
from tests.faults.simulation.doubts import Event, check_doubts, counted
from tests.faults.simulation.late_connects import check_late_connects
from tests.faults.simulation.overlaps import check_overlaps

if TYPE_CHECKING:
    from tests.faults.simulation.process import Process
    from tests.faults.simulation.run import Run
    from tests.faults.simulation.worker import Worker

LATE_S = 6.0
"""What began before the faults were over may end so long after."""


def check_drained(run: Run) -> list[str]:
    """At rest, budgets are used by live links only, nothing waits for one, and nothing runs."""
    return [line for worker in run.crew.current() for line in _check_rest(worker)]


def _check_rest(worker: Worker) -> Iterator[str]:
    budgets, who = worker.budgets, worker.process
    links = sum(
        device.link is not None
        for runner in worker.holdings.runners().values()
        if isinstance(runner.owner, Owner)
        for device in runner.owner.book.devices.values()
    )
    if (budgets.sends.used, budgets.refreshes.used, budgets.links.used) != (0, 0, links):
        used = f"{budgets.sends.used} sends, {budgets.refreshes.used} refreshes, {budgets.links.used} links"
        yield f"budget: {who} at rest uses {used}, and has {links} links"
    if budgets.pairings.used:
        yield f"budget: {who} at rest uses {budgets.pairings.used} pairings"
    if budgets.bodies.used:
        yield f"budget: {who} at rest keeps {budgets.bodies.used} bytes of bodies, and nothing waits"
    sends, connects = len(budgets.sending), len(budgets.connects)
    if sends or connects:
        yield f"budget: {who} at rest: {sends} wait to send, {connects} to connect"
    known = sum(up for driver in worker.drivers.values() for up in driver.links().values())
    if known != links:
        yield f"links: {who} has {known} links up at its drivers, and {links} in its log"


def check_end(run: Run) -> list[str]:
    """Stopped workers leave nothing: no budget, task or link."""
    found = [f"stuck: {worker.process} did not stop" for worker in run.crew.current()]
    for worker in run.crew.workers:
        found += _check_process(worker)
    found += [line for process in run.processes() for line in _errors_of(process)]
    if run.fleet.links():
        found.append(f"links: {run.fleet.links()} outlive every worker")
    return found


def _check_process(worker: Worker) -> Iterator[str]:
    process, budgets = worker.process, worker.budgets
    if not worker.stopped:
        return
    used = budgets.sends.used, budgets.refreshes.used, budgets.links.used, budgets.pairings.used
    if any(used):
        yield "budget: {} ended with {} sends, {} refreshes, {} links, {} pairings in use".format(process, *used)
    for task in process.loop.pending():
        gave_up = (
            "_publish" in repr(task) and process.ended_at <= process.world.peace_at + LATE_S
        )  # bounded by report_s
        if task is not worker.main and not gave_up:
            yield f"task: {process} ended with {task!r}"


def _errors_of(process: Process) -> Iterator[str]:
    for error in process.loop.errors:
        yield f"error: {process}: {error.get('message')}: {error.get('exception')!r}"


def check_history(run: Run, *, settled: bool) -> list[str]:
    """The logs and the ledger, by the independent verifier; and every doubt has its cause."""
    limits = Limits(
        max_attempts=run.profile.rules.max_attempts,
        settled=settled,
        stops=bool(run.shared_names)
        or any(w.process.stops or w.process.cuts for w in run.crew.workers),  # see overlaps.py
    )
    events = [event for partition in range(run.profile.partitions) for event in counted(run, partition)]
    found: list[str] = []
    for partition in range(run.profile.partitions):
        history = History(run.profile.partitions, [_partition(run, partition, events)])
        found += map(str, check(history, _entries(run, partition), limits).violations)
    return [
        *found,
        *run.witness.unproven,
        *(run.witness.snapshots.complaints if run.witness.snapshots is not None else ()),
        *check_doubts(run, events),
        *check_bounds(run, events),
        *check_contents(run, events),
        *check_overlaps(run),
        *check_late_connects(run, events),
    ]


def _partition(run: Run, partition: int, events: list[Event]) -> PartitionHistory:
    """What lies in the log, without requests that the last workers published when they ended: nobody was left."""
    decided = max((e.envelope.decides or 0 for e in events if e.partition == partition), default=0)
    taken = max(run.asked[partition], decided + 1)
    requests = [record for record in run.brokers.requests[partition].all() if record.offset < taken]
    return PartitionHistory(partition, _raw(requests), _raw(run.brokers.events[partition].all()))


def _entries(run: Run, partition: int) -> list[Entry]:
    count = run.profile.partitions
    return [e for e in run.fleet.entries() if partition_of(e.device_id.encode(), count) == partition]


def _raw(records: list[LogRecord]) -> list[RawRecord]:
    return [RawRecord(r.offset, r.key, r.value, r.headers, r.time) for r in records]
