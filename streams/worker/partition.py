"""Running one partition: claim, decide, append, begin effects; and again, whenever an append is unknown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from schemas.device.outcomes import LinkReport, NotStarted
from streams.drivers.port import Close, Effect, Outcome, Unpair
from streams.log.ports import (
    Clock,
    EventLog,
    EventRecord,
    Intake,
    LogError,
    LogRecord,
    NotMemberError,
    ReportLog,
    RequestBatch,
    TruncatedRequestsError,
)
from streams.ownership.effects import Begin, Consequence, DeadLetter
from streams.ownership.publishing import Publish
from streams.ownership.tenure import Inheritance
from streams.snapshots.fitting import Fitting
from streams.worker.claiming import Claimed, Claimer, NotOwnerError
from streams.worker.desk import EffectDesk
from streams.worker.figures import Figures
from streams.worker.flow import RequestFlow
from streams.worker.inbox import Ended, Inbox, Reported
from streams.worker.letters import Letters
from streams.worker.losses import LOST, REFUSALS
from streams.worker.owning import PartitionOwner
from streams.worker.patience import Patience
from streams.worker.rereading import Rereading
from streams.worker.terms import Identity, Terms
from streams.worker.unfit import UnfitWorkerError

log = logging.getLogger(__name__)


class PartitionRunner:
    """Holds one partition for as long as the group gives it to this process."""

    def __init__(
        self,
        partition: int,
        identity: Identity,
        terms: Terms,
        events: EventLog,
        intake: Intake,
        reports: ReportLog,
        desk: EffectDesk,
        clock: Clock,
        new_owner: Callable[[int, Callable[[], None]], PartitionOwner],
        draw: Callable[[], float],
        publish: Callable[[Publish], None],
        snapshots: Fitting | None = None,
        figures: Figures | None = None,
    ) -> None:
        self.partition = partition
        self.owner: PartitionOwner | None = None
        self.claims = 0
        self._identity = identity
        self._terms = terms
        self._events = events
        self._intake = intake
        self._letters = Letters(reports, identity.requests_topic)
        self._desk = desk
        self._clock = clock
        self._new_owner = new_owner
        self._own_claims: set[str] = set()
        self._draw = draw
        self._snapshots = snapshots
        self._publish = publish
        self._figures = Figures() if figures is None else figures
        self._inbox = Inbox()
        self._taken = 0
        self._flow = RequestFlow(partition, intake, terms)
        self._patience = Patience(terms)
        self._rereading = Rereading(partition, events, self._read_again, self.lose, terms.retry_s)
        self._lost: asyncio.Future[None] | None = None
        self._append: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._turning = False
        self._leaving = False
        self._released = False
        self._refusals = 0

    async def run(self) -> None:
        """Claim and work until cancelled; a claim that is lost is followed by another, unless it was being given up.

        Raises UnfitWorkerError where this worker must not claim.
        """
        self._desk.stand_up(self.partition, gone=False)
        while not self._leaving:
            try:
                await self._hold()
            except UnfitWorkerError:
                raise
            except TruncatedRequestsError as error:
                log.error("partition %d stands still: %s", self.partition, error)  # noqa: TRY400  # no trace for people
                await asyncio.sleep(30.0)
            except NotMemberError as error:
                self._refused(error)
            except LOST as error:
                log.info("partition %d is claimed anew: %s", self.partition, error)
            except Exception:
                log.exception("partition %d: an unexpected error, it is claimed anew", self.partition)
                self._snapshots = None  # one may have misled us: from now on the whole log is folded
            finally:
                await self._drop()
            await asyncio.sleep(self._terms.retry_s * (0.05 + 0.95 * self._draw()))

    async def _hold(self) -> None:
        claimer = Claimer(
            self.partition,
            self._identity,
            self._terms,
            self._events,
            self._intake,
            self._clock,
            self._close_links,
            self._snapshots,
        )
        owner = self._new_owner(self.partition, self._poke)
        try:
            await self._go_to_work(await claimer.claim(owner))
        finally:
            if self.owner is not owner:
                owner.close()
        self._lost = asyncio.get_running_loop().create_future()
        self._poke()
        await self._lost

    async def _go_to_work(self, claimed: Claimed) -> None:
        owner = claimed.owner
        if claimed.surprised:
            await asyncio.sleep(self._terms.takeover_s)
        await self._end_connects()
        await self._rereading.read_open(owner)
        first = await self._intake.first(self.partition)
        if (resumes_at := claimed.resumes_at()) < first:
            raise TruncatedRequestsError(
                f"requests from offset {resumes_at} on are gone, the log begins at {first}: docs/operating.md"
            )
        if self._leaving:
            raise NotOwnerError("the partition is being given up")
        self._refusals = 0
        self._own_claims.add(owner.tenure.claim)
        owner.begin(self._clock.now(), self._inheritance(claimed))
        self.owner = owner
        self.claims += 1
        for effect, outcome in self._desk.sit(self.partition, self):
            self.ended(effect, outcome)
        self._flow.begin(resumes_at)

    def _inheritance(self, claimed: Claimed) -> Inheritance:
        ended = claimed.predecessor.has_ended(self._identity)
        wait = self._terms.start_limit_s + self._terms.margin_s
        return Inheritance(
            own_claims=self._own_claims,
            running=self._desk.running(self.partition),
            living=self._desk.living(self.partition),
            orphans_wait_until=None if ended else self._clock.now() + timedelta(seconds=wait),
            resumes_at=claimed.resumes_at(),
        )

    async def _end_connects(self) -> None:
        self._desk.cancel_connects(self.partition)
        place = self._desk.place(self.partition)
        await self._until(lambda: not place.begins(), self._clock.monotonic() + self._terms.close_s)

    # what comes in

    def offer(self, batch: RequestBatch) -> None:
        """Take in a fetched batch of requests."""
        self._flow.put(batch)
        self._poke()

    def ended(self, effect: Effect, outcome: Outcome) -> None:
        """Take in what came of an effect (see Desk)."""
        if not isinstance(effect, Close | Unpair):
            self._inbox.put(Ended(effect, outcome))
            self._poke()

    def reported(self, device_id: str, link: int, report: LinkReport) -> None:
        """Take in what a driver says of a link (see Desk)."""
        self._inbox.put(Reported(device_id, link, report))
        self._poke()

    def _poke(self) -> None:
        if not self._turning:
            self._turning = True
            self._patience.ask(self._clock.monotonic())
            asyncio.get_running_loop().call_soon(self._turn)

    # one turn of the loop: take in, decide, append

    def _turn(self) -> None:
        self._turning = False
        self._patience.turn(self._clock.monotonic())
        owner, lost = self.owner, self._lost
        if owner is None or lost is None or lost.done():
            return
        try:
            self._take_in(owner)
            self._tell_faults(owner)
            self._begin(owner.loose)
            owner.loose = []
            self._flush(owner)
            self._rereading.look(owner)
        except Exception as error:  # whatever it is, the claim ends with it and the log decides
            self.lose(error)

    def _read_again(self, owner: PartitionOwner, records: Sequence[LogRecord]) -> None:
        if self.owner is owner:
            owner.read_again(records, self._clock.now())
            self._poke()

    def _tell_faults(self, owner: PartitionOwner) -> None:
        for device_id, cause, error in owner.faults:
            about = {"device_id": device_id}
            log.error("partition %d: a bug met %s (%s)", self.partition, device_id, cause, exc_info=error, extra=about)
        owner.faults.clear()

    def _take_in(self, owner: PartitionOwner) -> None:
        now = self._clock.now()
        if not self._released:  # nothing that follows a release counts: what is heard now is handed on
            self._inbox.read(lambda word: self._hear(owner, word, now))
        if not self._leaving:
            self._take_requests(owner, now)
            self._flow.throttle(owner.backlog())
        self._set_timer(owner, now)

    def _take_requests(self, owner: PartitionOwner, now: datetime) -> None:
        if not self._flow or owner.backlog() >= self._terms.pause_at:
            return
        monotonic = self._clock.monotonic()
        if not self._patience.outcomes_first(owner.pressed(), monotonic):
            batch = self._flow.take()
            owner.requests(batch, now)
            self._figures.decide(batch.records, now)
            self._patience.take(monotonic)
        if self._flow:
            self._poke()

    def _hear(self, owner: PartitionOwner, word: Ended | Reported, now: datetime) -> int | None:
        match word:
            case Ended(effect, outcome):
                if not owner.ended(effect, outcome, now):
                    return None
            case Reported(device_id, link, report):
                owner.reported(device_id, link, report, now)
        return self._taken + owner.backlog()

    def _set_timer(self, owner: PartitionOwner, now: datetime) -> None:
        due = owner.due(now)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            delay = max(0.0, (due - now).total_seconds()) + 0.001
            self._timer = asyncio.get_running_loop().call_later(delay, self._poke)

    def _flush(self, owner: PartitionOwner) -> None:
        backlog = owner.backlog()
        if self._append is None and (events := owner.take(self._terms.append_bytes)):
            self._taken += backlog - owner.backlog()
            self._append = asyncio.get_running_loop().create_task(self._append_batch(owner, events))

    async def _append_batch(self, owner: PartitionOwner, events: list[EventRecord]) -> None:
        asked_at = self._clock.monotonic()
        try:
            base = await self._events.append(self.partition, events)
            acked_at = self._clock.monotonic()
            self._figures.append(len(events), acked_at - asked_at)
            consequences = owner.acked(base)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # an append without a clean ack ends the claim, whatever it was
            self.lose(error)
            return
        finally:
            self._append = None
        if self.owner is owner:
            self._inbox.recorded(self._taken)  # one batch in flight: all that was taken is acknowledged
            self._begin(consequences, acked_at)
            self._poke()

    def _begin(self, consequences: list[Consequence], acked_at: float | None = None) -> None:
        """Start what was acknowledged: still ours, still in time; else it is reported as not started."""
        still = partial(self._may_begin, acked_at)
        now = still()
        for consequence in consequences:
            match consequence:
                case DeadLetter(reason, record):
                    self._letters.keep(self.partition, reason, record)
                case Publish():  # harmless whoever the owner is by now: the log has the question
                    self._publish(consequence)
                case Begin(_, Close() | Unpair()):
                    self._desk.start(self.partition, consequence)
                case Begin(_, effect) if not now:
                    self.ended(effect, NotStarted())
                case Begin():
                    self._desk.start(self.partition, consequence, still)

    def _may_begin(self, acked_at: float | None) -> bool:
        late = acked_at is not None and self._clock.monotonic() - acked_at > self._terms.start_limit_s
        ours = self.partition in self._intake.assigned() and self._lost is not None and not self._lost.done()
        return ours and not late and not self._leaving

    # how it ends

    def _refused(self, error: NotMemberError) -> None:
        log.info("partition %d is not held: %s", self.partition, error)
        self._refusals += 1
        if self._refusals >= REFUSALS:
            self._close_links(self._terms.parting_s)

    def put_out(self, *, long_ago: bool = False) -> None:
        """The group does not know this process any more: another may claim soon, and is to find no link of ours.

        long_ago: so long that the other waits for us no longer.
        """
        self._close_links(0.0 if long_ago else self._terms.parting_s)
        self.lose(NotMemberError("the group refuses this process"))

    async def look_for_rivals(self) -> None:
        """End the claim if another process has written to the log: who has nothing to append would not notice."""
        owner, taken = self.owner, self._taken
        if owner is None or not owner.idle():
            return
        end = await self._events.end(self.partition)
        if self.owner is owner and self._taken == taken and end > owner.expected():
            self.lose(NotOwnerError("another process writes to the partition"))

    def _close_links(self, parting_s: float = 0.0) -> None:
        self._desk.close_links(self.partition, parting_s)

    def lose(self, error: BaseException) -> None:
        """End the claim because of `error`; the partition is claimed anew."""
        if self._lost is not None and not self._lost.done():
            self._figures.lost[type(error).__name__] += 1
            if not isinstance(error, LOST):
                log.error("partition %d: an unexpected error ends its claim", self.partition, exc_info=error)
                error = LogError(repr(error))
            self._lost.set_exception(error)

    async def _drop(self) -> None:
        self._desk.stand_up(self.partition, gone=False)
        self._desk.keep(self.partition, self._inbox.clear())
        self._flow.stop()
        self._rereading.stop()
        if self._timer is not None:
            self._timer.cancel()
        if self.owner is not None:  # before anything is awaited: a cancellation then must not keep its budgets
            self.owner.close()
        self.owner = self._lost = None
        if self._append is not None:
            self._append.cancel()
            await asyncio.wait([self._append])

    async def leave(self) -> None:
        """Give the partition up politely: running effects end, links close, then it is released (design §4)."""
        owner, lost = self.owner, self._lost
        self._leaving = True
        self._flow.pause()
        if owner is not None:
            owner.leave()
        await self._rest(owner, self._clock.monotonic() + self._terms.handover_s)
        self._desk.close_links(self.partition)
        await self._until(lambda: not self._desk.linked(self.partition), self._clock.monotonic() + self._terms.close_s)
        if owner is not None and lost is not None and not lost.done():
            owner.release(self._clock.now())
            self._released = True
            self._poke()
            await self._until(owner.idle, self._clock.monotonic() + self._terms.close_s)

    async def _rest(self, owner: PartitionOwner | None, deadline: float) -> None:
        """Let what runs end, also without a claim: a link closed under a running send leaves that in doubt."""
        if owner is not None:
            await self._until(lambda: self._at_rest(owner), deadline)
        while self._desk.sending(self.partition) and self._clock.monotonic() < deadline:  # noqa: ASYNC110  # see _until
            await asyncio.sleep(0.01)

    def _at_rest(self, owner: PartitionOwner) -> bool:
        return not self._desk.busy(self.partition) and not self._inbox and owner.idle()

    async def _until(self, done: Callable[[], bool], deadline: float) -> None:
        # What is waited for are drivers' callbacks: rare, bounded, and many at once.
        while not done() and not self._is_lost() and self._clock.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def _is_lost(self) -> bool:
        return self._lost is not None and self._lost.done()
