"""The partitions that this process holds: runners come and go with the group's assignment."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.device.pairing import Signal
from schemas.device.requests import OutcomeReported
from schemas.envelope import encode_request
from streams.device.facts import Rules
from streams.drivers.port import Ask, Driver, Outcome, Send
from streams.log.ports import (
    AckTimes,
    Clock,
    EventLog,
    FencedMemberError,
    Intake,
    LogError,
    NotMemberError,
    ReportLog,
    RequestBatch,
)
from streams.ownership.budgets import Budgets
from streams.ownership.owner import Owner
from streams.ownership.publishing import Publish
from streams.ownership.tenure import Tenure
from streams.snapshots.fitting import Fitting
from streams.worker.desk import EffectDesk
from streams.worker.figures import Figures
from streams.worker.losses import REFUSALS
from streams.worker.owning import PartitionOwner
from streams.worker.partition import PartitionRunner
from streams.worker.terms import Identity, Terms
from streams.worker.timekeeping import ClockWatch
from streams.worker.unfit import ClockOffError, NamesakeError, UnfitWorkerError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keyed:
    """What holdings of a stream of keyed states need in place of devices' rules, budgets and drivers."""

    new_owner: Callable[[Tenure], PartitionOwner]
    publish: Callable[[Publish], None]


def _unpublished(publish: Publish) -> None:
    raise NotImplementedError(f"nothing was given that would put {publish.id} to {publish.stream.name}")


class Holdings:
    """Every partition this process runs, its effects and its budgets.

    draw: numbers in [0, 1). new_claim: a fresh random claim, 16 hex digits, never given twice. snapshots: to begin
    with instead of the log's beginning. keyed: of another stream than the devices'. publish: takes what devices ask of
    owners of values. signal: takes what a person has to be shown to pair a device.
    """

    def __init__(
        self,
        identity: Identity,
        terms: Terms,
        rules: Rules,
        budgets: Budgets,
        drivers: Mapping[str, Driver],
        events: EventLog,
        intake: Intake,
        reports: ReportLog,
        clock: Clock,
        draw: Callable[[], float],
        new_claim: Callable[[], str] = lambda: secrets.token_hex(8),
        snapshots: Fitting | None = None,
        keyed: Keyed | None = None,
        publish: Callable[[Publish], None] | None = None,
        signal: Callable[[str, int, Signal], None] = lambda *_: None,
    ) -> None:
        self._identity = identity
        self._terms = terms
        self._rules = rules
        self._budgets = budgets
        self._events = events
        self._intake = intake
        self._reports = reports
        self._clock = clock
        self._draw = draw
        self._new_claim = new_claim
        self._snapshots = snapshots
        self._keyed = keyed
        self._publish_to_owners = _unpublished if publish is None else publish
        self._desk = EffectDesk(drivers, self._report, signal)
        self.figures = Figures()
        self._runners: dict[int, PartitionRunner] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._numbers: dict[int, int] = {}
        """The holding of each partition that is held (`Intake.holding`)."""
        self._closing = False
        self._refused = 0
        self._member_at: float | None = None
        self.followed = False
        """Whether the group has said what is to be held."""
        self._watch = ClockWatch(terms)
        self._last_ack: AckTimes | None = None
        self._reporting: set[asyncio.Task[None]] = set()
        self.unfit: UnfitWorkerError | None = None
        """Why this worker must end, once it is known."""
        self.ends = asyncio.Event()
        """Set with `unfit`."""

    def runners(self) -> Mapping[int, PartitionRunner]:
        """The runners by partition, for figures."""
        return self._runners

    @property
    def budgets(self) -> Budgets:
        """What may be under way at once, for figures."""
        return self._budgets

    def tenure(self, partition: int) -> int:
        """Counts the claims of a partition held here, so that what an earlier one fetched is known; -1: none."""
        runner = self._runners.get(partition)
        return runner.claims if runner is not None and runner.owner is not None else -1

    def offer(self, partition: int, batch: RequestBatch, tenure: int) -> None:
        """Bring a batch to its partition's runner; `tenure` when it was fetched. A stale one needs none."""
        if tenure >= 0 and tenure == self.tenure(partition):
            self._runners[partition].offer(batch)

    def doubt(self, error: LogError) -> None:
        """Requests cannot be read: have every partition claimed anew, which tells those that can go on."""
        log.warning("requests cannot be read: %s", error)
        for runner in self._runners.values():
            runner.lose(error)

    async def follow(self) -> None:
        """Hold what the group assigns, until cancelled, or until another process has this one's place."""
        while True:
            try:
                assigned = await self._intake.changed()
            except FencedMemberError:
                self._must_end(NamesakeError(self._identity.instance_id))
                return
            self.followed = True
            if self._closing:
                continue
            gone = [p for p in self._runners if p not in assigned]
            self._budgets.share(max(len(assigned), 1), self._identity.partitions)
            for partition in gone:
                if self._intake.holding(partition) != self._numbers[partition]:
                    # Lost in a generation that we missed: who has it has waited since then, and waits no longer for us.
                    self._runners[partition].put_out(long_ago=True)
                self._give_up(partition)
            self._numbers = {partition: self._intake.holding(partition) for partition in assigned}
            for partition in sorted(assigned - self._runners.keys()):
                self._take(partition)

    def _take(self, partition: int) -> None:
        runner = PartitionRunner(
            partition,
            self._identity,
            self._terms,
            self._events,
            self._intake,
            self._reports,
            self._desk,
            self._clock,
            self._owner,
            self._draw,
            self._publish_to_owners if self._keyed is None else self._keyed.publish,
            self._snapshots,
            self.figures,
        )
        self._runners[partition] = runner
        leaving = self._leaving.get(partition)
        task = asyncio.get_running_loop().create_task(_run_after(leaving, runner))
        task.add_done_callback(self._mind_end)
        self._tasks[partition] = task

    def _mind_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, UnfitWorkerError):
            self._must_end(error)

    def _must_end(self, error: UnfitWorkerError) -> None:
        self.unfit = self.unfit or error
        self.ends.set()

    def _owner(self, partition: int, notify: Callable[[], None]) -> PartitionOwner:
        tenure = Tenure(
            topic=self._identity.topic,
            partition=partition,
            partitions=self._identity.partitions,
            claim=self._new_claim(),
            installation_id=self._identity.installation_id,
        )
        if self._keyed is not None:
            return self._keyed.new_owner(tenure)
        return Owner(tenure, self._rules, self._budgets, self._desk, self._draw, notify)

    def _give_up(self, partition: int) -> None:
        runner, task = self._runners.pop(partition), self._tasks.pop(partition)
        before = self._leaving.get(partition)
        self._leaving[partition] = asyncio.get_running_loop().create_task(self._end(runner, task, before))

    async def _end(self, runner: PartitionRunner, task: asyncio.Task[None], before: asyncio.Task[None] | None) -> None:
        try:
            if before is not None:
                await asyncio.wait([before])
            await runner.leave()
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._desk.stand_up(runner.partition, gone=True)

    async def look_around(self) -> None:
        """Once a second: look at the clock, and commit positions."""
        self._mind_clock()
        await self.commit_positions()

    def _mind_clock(self) -> None:
        times = self._events.last_ack()
        if times is None or times is self._last_ack:
            return
        self._last_ack = times
        try:
            self._watch.mind(times)
        except ClockOffError as error:
            self._must_end(error)

    async def commit_positions(self) -> None:
        """Commit group offsets: for lag monitors, and to notice when the group has put this process out.

        That has to be noticed also while all partitions are claimed anew, which may take long: their links live.
        """
        owners = {p: runner.owner for p, runner in self._runners.items() if runner.owner is not None}
        positions = {p: owner.next_request for p, owner in owners.items()}
        passed = {p: owner.passed() for p, owner in owners.items()}
        if not self._runners:
            return
        try:
            await (self._intake.commit(positions, passed) if positions else self._intake.confirm())
        except NotMemberError:
            self._refused += 1
            if self._refused >= REFUSALS:
                for runner in list(self._runners.values()):  # also one that claims anew: its links live
                    runner.put_out()
        except LogError:
            for runner in list(self._runners.values()):
                await runner.look_for_rivals()
        else:
            self._refused = 0
            self._member_at = self._clock.monotonic()

    def member_s(self) -> float | None:
        """How long ago the group last confirmed this process, which is asked while it holds anything; None: never."""
        return None if self._member_at is None else self._clock.monotonic() - self._member_at

    async def leave_all(self) -> None:
        """Give every partition up politely and wait for it, and for outcomes that are being handed on."""
        self._closing = True
        for partition in list(self._runners):
            self._give_up(partition)
        if self._leaving:
            await asyncio.wait(self._leaving.values())
        if self._reporting:
            await asyncio.wait(self._reporting, timeout=self._terms.report_s)

    def _report(self, partition: int, effect: Send | Ask, outcome: Outcome) -> None:
        """Hand the outcome of a send on to whoever owns its partition now (design §4)."""
        if outcome is None or isinstance(effect, Ask):
            return
        request = OutcomeReported(
            message_id=effect.message_id,
            attempt=effect.attempt,
            outcome=outcome,  # type: ignore[arg-type]  # a send's outcome, by the port
        )
        task = asyncio.get_running_loop().create_task(self._publish(effect.device_id, request, self._clock.now()))
        self._reporting.add(task)
        task.add_done_callback(self._reporting.discard)

    async def _publish(self, device_id: str, request: OutcomeReported, at: datetime) -> None:
        request_id = f"outcome:{request.message_id}:{request.attempt}"
        source = f"mendline/{self._identity.instance_id}"
        value = encode_request(request_id, request.type, device_id, source, request, time=at)
        await self._reports.report(device_id.encode(), value)


async def _run_after(leaving: asyncio.Task[None] | None, runner: PartitionRunner) -> None:
    """One process holds a partition once: what it gave up just now has to be over first."""
    if leaving is not None:
        await asyncio.wait([leaving])
    await runner.run()
