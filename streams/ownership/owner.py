"""The owner of one partition: the one writer of its events. Pure: no I/O, clock or randomness (design §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.device import DeviceEvent, links
from schemas.device.outcomes import Connected, LinkReport, NotStarted, Unreachable
from schemas.device.pairing import Paired, PairingFailed
from schemas.envelope import NO_CONTEXT, Context, EventEnvelope
from schemas.fence import Fence, Verdict
from schemas.message import RequestRefused
from streams.device.answers import refuse
from streams.device.decider import decide
from streams.device.facts import Asked, ConnectEnded, LinkReported, PairEnded, Rules, Seen, SendEnded
from streams.device.next_step import Wait, awaits_outcome, next_step
from streams.device.state import INITIAL, Device
from streams.drivers.port import Ask, Close, Connect, Effect, Outcome, Pair, Send, Unpair
from streams.log.ports import LogRecord
from streams.ownership.allowance import Allowance
from streams.ownership.any_owner import AnyOwner
from streams.ownership.budgets import Budgets
from streams.ownership.decisions import Decisions
from streams.ownership.device_questions import DeviceQuestions
from streams.ownership.effects import Begin
from streams.ownership.faults import BUG, MAX_STEPS, QUARANTINED, EndlessStepsError, Fault
from streams.ownership.folding import Folding
from streams.ownership.reading import Refusal, read, stream_id_of
from streams.ownership.surroundings import Links, Surroundings
from streams.ownership.tenure import Inheritance, Tenure
from streams.ownership.units import Units
from streams.ownership.unread import Unread, deliver
from streams.ownership.waits import Waits


class Owner(AnyOwner):
    """Fold the partition's events, claim, then decide what is asked, in order; see docs/decisions/0001-shape.md."""

    _writing: Decisions

    def __init__(
        self,
        tenure: Tenure,
        rules: Rules,
        budgets: Budgets,
        links: Links,
        draw: Callable[[], float],
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(tenure)
        self._allowance = Allowance(budgets, notify)
        self._around = Surroundings(rules, links, self._allowance, draw, tenure)
        self._units = Units(self._allowance, self._around.running_sends)
        self._bodies = budgets.bodies
        self._unread = Unread()
        self.resume(Folding())
        self._waits = Waits(self._allowance)
        self._quarantined: set[str] = set()

    # recovery

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record of the events topic, in order; raises UnknownTypeError for a newer writer's event."""
        return self._folding.fold(offset, envelope)

    def fold_batch(self, batch: Iterable[tuple[int, EventEnvelope]]) -> None:
        """Take in records of the events topic, in order; raises UnknownTypeError for a newer writer's event."""
        self._folding.fold_batch(batch)

    def resume(self, folding: Folding) -> None:
        """Go on folding where `folding` has come to."""
        self._folding = folding
        self.book = folding.book
        self.book.stock.join(self._bodies)
        self._around.stock = self.book.stock
        self._devices = self.book.devices
        self._writing = Decisions(self.tenure, self.book)
        self.questions = DeviceQuestions(self.book, self._around.home)

    @property
    def fence(self) -> Fence:
        """Whose the partition is, as far as it is folded."""
        return self._folding.fence

    @property
    def next_request(self) -> int:
        """The offset of the first request that is not decided."""
        return self._folding.next_request

    def has_open_work(self) -> bool:
        """Whether a living predecessor may have an attempt under way, or a link."""
        return self.book.has_open_work()

    def begin(self, at: datetime, inheritance: Inheritance) -> None:
        """Go to work: the record folded last was this owner's own valid marker."""
        self._writing.outbox.restart(self.fence.position)
        self._writing.at = self._folding.at
        self._taken = max(self.next_request, inheritance.resumes_at)
        self._around.orphans_wait_until = inheritance.orphans_wait_until
        self._writing.set_time(at)
        self._keep_links(inheritance.living or {})
        self._adopt(inheritance)
        self._folding.attempt_claims.clear()
        for device_id, device in list(self.book.devices.items()):
            if device.account is not None or device.pairing is not None:
                self.loose += self.questions.of(device_id)
                self._note_account(device_id, device, 0)
            self._writing.cause = "due:claimed"
            self._ask(device_id)

    def _keep_links(self, living: Mapping[str, int]) -> None:
        for device_id, link in living.items():
            device = self.book.device(device_id)
            if device.status == "registered" and device.was == link and device.parked is None:
                self._writing.cause = "due:claimed"
                self._emit(device_id, device, [links.DeviceConnected(link=link, how="kept")])
            else:
                self.loose.append(Begin(device.driver, Close(device_id, link)))

    def _adopt(self, inheritance: Inheritance) -> None:
        """Attempts left open go on where their effects run here, and come back where this process never began them."""
        for device_id, device, opened in self.book.open_attempts():
            if (device_id, opened.message_id, opened.attempt) in inheritance.running:
                self._units.adopt(device_id, opened)
                self.book.devices[device_id] = device._replace(open=opened._replace(orphan=False))
                self._units.count(device_id, self._devices[device_id])
            elif self._folding.attempt_claims.get(device_id) in inheritance.own_claims and opened.phase == "attempting":
                self._writing.cause = "due:claimed"
                never = SendEnded(opened.message_id, opened.attempt, NotStarted())
                self._guarded(device_id, self._hear, device_id, never)

    # bodies that are read again

    def recall(self) -> list[int]:
        """Before `begin`: the offsets of events that have to be read again first, those of open sends."""
        self._unread.want_all(self.book.unread())
        return self._unread.below(self.fence.position)

    def recalled(self, records: Sequence[LogRecord]) -> None:
        """Take in what was to be recalled."""
        for record in records:
            deliver(self.book, self._unread.found(record.offset), record)

    def lacking(self) -> list[int]:
        """The offsets of acknowledged events that have to be read again, in order."""
        return self._unread.below(self._writing.outbox.acknowledged)

    def read_again(self, records: Sequence[LogRecord], at: datetime) -> None:
        """Take in what was lacking, and let the devices go on that waited for it."""
        self._writing.set_time(at)
        found = [(self._unread.found(record.offset), record) for record in records]
        for device_id in dict.fromkeys(i for i, r in found if i and self._guarded(i, deliver, self.book, i, r)):
            self._writing.cause = "due:body"
            self._ask(device_id)

    # deciding

    def _request(self, record: LogRecord) -> None:
        self._writing.cause = f"request:{record.offset}"
        begun_at = self._writing.outbox.sequence
        try:
            self._decide_request(record)
        except Exception as error:  # a bug ends with the record that meets it (docs/decisions/0003-bugs.md)
            self._refuse_for_bug(record, begun_at, error)
        self._folding.next_request = record.offset + 1

    def _decide_request(self, record: LogRecord) -> None:
        found = read(record, self.tenure.partition, self.tenure.partitions)
        if isinstance(found, Refusal):
            self._refuse(record, found)
        else:
            device_id, asked = found
            if device_id in self._quarantined:
                self._writing.put(device_id, refuse(asked, "internal_error", QUARANTINED), record.offset)
            else:
                self._answer(device_id, asked)

    def ended(self, effect: Effect, outcome: Outcome, at: datetime) -> bool:
        """Take in what came of an effect; whether it could be, or is to be told to the next owner."""
        self._writing.set_time(at)
        device_id = effect.device_id
        match effect:
            case Send() | Ask():
                self._writing.cause = f"driver:{effect.link or '-'}"
                self._units.end(effect)
                ended = SendEnded(effect.message_id, effect.attempt, outcome)  # type: ignore[arg-type]  # the port's rule
                return self._guarded(device_id, self._hear, device_id, ended)
            case Connect():
                return self._guarded(device_id, self._connected, effect, outcome)
            case Pair():
                return self._guarded(device_id, self._paired, effect, outcome)
            case Close() | Unpair():
                return True

    def _connected(self, effect: Connect, outcome: Outcome) -> None:
        self._writing.cause = f"driver:{effect.link}"
        device = self.book.device(effect.device_id)
        if device.refresh is None or device.refresh.number != effect.link:
            if isinstance(outcome, Connected) and device.link != effect.link:
                self.loose.append(Begin(device.driver, Close(effect.device_id, effect.link)))
            return
        ended = Unreachable(reason="not_started") if isinstance(outcome, NotStarted) else outcome
        self._hear(effect.device_id, ConnectEnded(effect.link, ended))  # type: ignore[arg-type]  # the port's rule

    def _paired(self, effect: Pair, outcome: Outcome) -> None:
        self._writing.cause = f"driver:{effect.pairing}"
        pairing, ended = self.book.device(effect.device_id).pairing, outcome
        if isinstance(ended, Paired) and (pairing is None or pairing.number != effect.pairing):
            driver = self.book.device(effect.device_id).driver
            if effect.method != "import":
                self.loose.append(Begin(driver, Unpair(effect.device_id, effect.pairing, ended.jid)))
            return
        if isinstance(ended, NotStarted):
            ended = PairingFailed(why="not_started")
        self._hear(effect.device_id, PairEnded(effect.pairing, ended))  # type: ignore[arg-type]  # the port's rule

    def reported(self, device_id: str, link: int, report: LinkReport, at: datetime) -> None:
        """Take in what a driver says of a link by itself."""
        self._writing.set_time(at)
        self._writing.cause = f"driver:{link}"
        self._guarded(device_id, self._hear, device_id, LinkReported(link, report))

    def due(self, at: datetime) -> datetime | None:
        """Do what is due by `at`, and what a budget was given for; when to be asked next."""
        self._writing.set_time(at)
        wakes = self._allowance.wakes
        for _ in range(len(wakes)):
            device_id = wakes.popleft()
            self._writing.cause = "due:budget"
            self._guarded(device_id, self._make_room, device_id)
            self._ask(device_id)
            self._allowance.settle(device_id)
        asked: set[str] = set()
        while (due := self._waits.due.pop(self._writing.at)) is not None:
            if due in asked:
                self._quarantine(due, EndlessStepsError(f"device {due!r} waits for a time that has passed"))
                continue
            asked.add(due)
            self._writing.cause = "due:time"
            self._ask(due)
        return self._soonest(self._waits.due.next())

    def _soonest(self, due: datetime | None) -> datetime | None:
        if self._leaving:
            return due
        self.loose += self.questions.due(self._writing.at, self.expected())
        asks = self.questions.next()
        return due if asks is None else asks if due is None else min(due, asks)

    def _note_account(self, device_id: str, device: Device, sequence: int) -> None:
        """The device may ask something new, or nothing more, and need its unit of pairings, or no more."""
        pairing = device.pairing
        self._allowance.hold_pairing(device_id, wanted=pairing is not None and pairing.claim is None)
        self.questions.note(device_id, device, self._writing.at, sequence)

    def _make_room(self, device_id: str) -> None:
        if not self._allowance.has_to_close(device_id) or self._leaving:
            return
        device = self.book.device(device_id)
        step = next_step(device, self._writing.at, self._facts(device_id, device))
        if device.link is not None and isinstance(step, Wait) and step.rests:
            self._emit(device_id, device, [links.DeviceDisconnected(link=device.link, why="idle")])

    def pressed(self) -> int:
        """Devices with sends waiting while an attempt or a refresh runs: outcomes help them more than requests do."""
        return len(self._waits.pressed)

    def quarantined(self) -> int:
        """Devices that stand still because of a bug, until the next claim."""
        return len(self._quarantined)

    def waiting(self) -> int:
        """Sends that wait."""
        return self.book.stock.waiting

    def close(self) -> None:
        """Give all budgets back; the owner is not used any more."""
        self._allowance.close()
        self.book.stock.close()

    # the inside

    def _facts(self, device_id: str, device: Device, seen: Seen | None = None) -> Surroundings:
        return self._around.of(device_id, device, self.book.queue(device_id), seen)

    def _answer(self, device_id: str, asked: Asked) -> None:
        request_id = getattr(asked.request, "request_id", None) or asked.id
        device = self._devices.get(device_id, INITIAL)
        facts = self._facts(device_id, device, self.book.seen(device_id, request_id))
        events = decide(device, asked, self._writing.at, facts)
        device = self._emit(device_id, device, events, asked.offset, asked.context)
        self._advance(device_id, device)

    def _hear(self, device_id: str, command: SendEnded | ConnectEnded | LinkReported | PairEnded) -> None:
        device = self._devices.get(device_id, INITIAL)
        events = decide(device, command, self._writing.at, self._facts(device_id, device))
        if events:
            device = self._emit(device_id, device, events)
        else:
            self._units.count(device_id, device)
        self._advance(device_id, device)

    def _ask(self, device_id: str) -> None:
        self._advance(device_id, self._devices.get(device_id, INITIAL))

    def _advance(self, device_id: str, device: Device) -> None:
        """Let the device do what it does next, until there is only to wait."""
        if self._leaving or device_id in self._quarantined:
            return
        begun_at = self._writing.outbox.sequence
        try:
            self._go_on(device_id, device)
        except Exception as error:  # the other devices of the partition go on
            self._quarantine(device_id, error, begun_at)

    def _go_on(self, device_id: str, device: Device) -> None:
        for _ in range(MAX_STEPS):
            # The most frequent case by far: `next_step` would say no more (benchmarks/owner.py).
            if awaits_outcome(device) and self._rests(device_id, device):
                return
            step = next_step(device, self._writing.at, self._facts(device_id, device))
            if isinstance(step, Wait):
                self._waits.for_that(device_id, device, step)
                if step.bodies:
                    self._unread.want(device_id, (*step.bodies, *self.book.queue(device_id).ahead()))
                return
            device = self._emit(device_id, device, step)
        raise EndlessStepsError(f"device {device_id!r} did not come to rest")

    def _rests(self, device_id: str, device: Device) -> bool:
        queue = self.book.queue(device_id)
        ends_at = queue.ends_at()
        if ends_at is not None:
            self._unread.want(device_id, queue.ahead())
        return self._waits.for_outcome(device_id, device, ends_at, self._writing.at)

    def _guarded(self, device_id: str, act: Callable[..., None], *told: Any) -> bool:
        """Do something about a device, unless a bug stands in the way; whether it was done."""
        if device_id in self._quarantined:
            return False
        begun_at = self._writing.outbox.sequence
        try:
            act(*told)
        except Exception as error:  # see _request
            self._quarantine(device_id, error, begun_at)
            return False
        return True

    def _refuse_for_bug(self, record: LogRecord, begun_at: int, error: Exception) -> None:
        cause = f"request:{record.offset}"
        stream_id = stream_id_of(record)
        if self._writing.outbox.sequence == begun_at:  # the device is as it was
            self.faults.append(Fault(stream_id, cause, error))
        else:
            self._quarantine(stream_id, error, begun_at)
        self._writing.cause = cause
        self._writing.put(stream_id, RequestRefused(reason="internal_error", detail=BUG), record.offset)

    def _quarantine(self, device_id: str, error: Exception, begun_at: int | None = None) -> None:
        """Take back what was decided since `begun_at`, and do nothing more about the device until the next claim."""
        self.faults.append(Fault(device_id, self._writing.cause, error))
        if begun_at is not None:
            self._writing.outbox.rewind(begun_at)
        self._quarantined.add(device_id)
        self._waits.pressed.discard(device_id)
        self._allowance.hold(
            device_id, sends=False, connects=False, linked=self.book.device(device_id).link is not None
        )

    def _emit(
        self,
        device_id: str,
        before: Device,
        events: list[DeviceEvent],
        decides: int | None = None,
        context: Context = NO_CONTEXT,
    ) -> Device:
        """Give out one decision, and take or give back the units that its device needs: how the device is after it."""
        for begin in self._writing.give(device_id, events, decides, context):
            self._units.begin(begin.effect)
        after = self._devices.get(device_id, INITIAL)
        if after is not before:
            self._units.count(device_id, after)
            if after.pairing is not before.pairing or after.account is not before.account:
                self._note_account(device_id, after, self._writing.outbox.sequence)
        return after
