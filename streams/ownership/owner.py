"""The owner of one partition: the one writer of its events. Pure: no I/O, clock or randomness (design §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from schemas.catalogue import event_of
from schemas.device import DeviceEvent, links, sends
from schemas.device.outcomes import Connected, ConnectOutcome, LinkReport, NotStarted, SendOutcome, Unreachable
from schemas.envelope import NO_CONTEXT, Context, EventEnvelope, Position, encode_event
from schemas.fence import Fence, Verdict
from schemas.message import Event, PartitionReleased
from streams.device.decider import decide
from streams.device.facts import Asked, Command, ConnectEnded, Facts, LinkReported, Rules, SendEnded
from streams.device.next_step import Wait, next_step
from streams.device.state import Device
from streams.drivers.port import Ask, Close, Connect, Effect, Send
from streams.log.ports import EventRecord, LogRecord, RequestBatch
from streams.ownership.allowance import Allowance
from streams.ownership.book import Book
from streams.ownership.budgets import Budgets
from streams.ownership.due import DueTimes
from streams.ownership.effects import Begin, Consequence, DeadLetter, effect_of
from streams.ownership.outbox import Decision, Outbox
from streams.ownership.reading import Refusal, message_id_of, read

EPOCH = datetime.fromtimestamp(0, UTC)
PARTITION = "(partition)"
"""`stream_id` of what concerns the whole partition; the brackets keep it apart from every device."""
MAX_STEPS = 10_000
"""Steps of one device in a row before the owner calls its own rules broken, instead of looping for ever."""


class IntakeGapError(Exception):
    """A batch of requests must follow what was decided: else requests would be lost, or decided twice."""


class EndlessStepsError(Exception):
    """A device's next steps must come to rest."""


class Links(Protocol):
    """What drivers say of links and chats, without I/O."""

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        """The driver's last word about the link."""

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """Which partition is owned, of how many, under which claim, by which installation."""

    topic: str
    partition: int
    partitions: int
    claim: str
    installation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What a new owner is told of the time before its marker.

    own_claims: earlier claims of this same process. running: effects of those that still run here, or whose outcome
    is kept, by device: (message id, attempt). living: links that are up here, by device.
    orphans_wait_until: before then a former owner may still report attempts left open.
    """

    own_claims: Set[str] = frozenset()
    running: Mapping[str, tuple[str, int]] | None = None
    living: Mapping[str, int] | None = None
    orphans_wait_until: datetime | None = None


class Owner:
    """Fold the partition's events, claim, then decide what is asked, in order; see docs/decisions/0001-shape.md."""

    def __init__(
        self,
        tenure: Tenure,
        rules: Rules,
        budgets: Budgets,
        links: Links,
        draw: Callable[[], float],
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        self.tenure = tenure
        self.book = Book()
        self.fence = Fence()
        self.next_request = 0
        self.loose: list[Consequence] = []
        self._rules = rules
        self._links = links
        self._draw = draw
        self._allowance = Allowance(budgets, notify)
        self._outbox = Outbox()
        self._due = DueTimes()
        self._taken = 0
        self._at = EPOCH
        self._stamp = ""
        self._cause = ""
        self._attempt_claims: dict[str, str] = {}
        self._running: dict[str, tuple[str, int]] = {}
        self._orphans_wait_until: datetime | None = None
        self._leaving = False

    # recovery

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record of the events topic, in order; raises UnknownTypeError for a newer writer's event."""
        verdict = self.fence.judge(offset, envelope)
        if verdict is Verdict.COUNTS:
            self._fold_event(envelope)
        elif verdict is not Verdict.VOID:
            self.book.end_claim()
        return verdict

    def _fold_event(self, envelope: EventEnvelope) -> None:
        event: DeviceEvent = event_of(envelope.type, envelope.data)  # type: ignore[assignment]  # markers are judged before
        at = datetime.fromisoformat(envelope.time)
        self._at = max(self._at, at)
        self.book.apply(envelope.subject, event, at, envelope.context)
        if envelope.decides is not None:
            self.next_request = envelope.decides + 1
        if isinstance(event, sends.SendAttempted | sends.SendReconciling):
            self._attempt_claims[envelope.subject] = envelope.claim

    def begin(self, at: datetime, inheritance: Inheritance) -> None:
        """Go to work: the record folded last was this owner's own valid marker."""
        self._outbox.restart(self.fence.position)
        self._taken = self.next_request
        self._orphans_wait_until = inheritance.orphans_wait_until
        self._set_time(at)
        self._keep_links(inheritance.living or {})
        self._adopt(inheritance)
        self._attempt_claims.clear()
        self._cause = "due:claimed"
        for device_id in list(self.book.devices):
            self._advance(device_id)

    def _keep_links(self, living: Mapping[str, int]) -> None:
        self._cause = "due:claimed"
        for device_id, link in living.items():
            device = self.book.device(device_id)
            if device.status == "registered" and device.was == link and device.parked is None:
                self._allowance.link_lives(device_id)
                self._emit(device_id, [links.DeviceConnected(link=link, how="kept")])
            else:
                self.loose.append(Begin(device.driver, Close(device_id, link)))

    def _adopt(self, inheritance: Inheritance) -> None:
        running = inheritance.running or {}
        for device_id, device in self.book.open_attempts():
            opened = device.open
            if opened is None:
                continue
            if running.get(device_id) == (opened.message_id, opened.attempt):
                self._running[device_id] = (opened.message_id, opened.attempt)
                self._allowance.send_begins(device_id)
                self.book.devices[device_id] = device._replace(open=opened._replace(orphan=False))
            elif self._attempt_claims.get(device_id) in inheritance.own_claims and opened.phase == "attempting":
                self._decide(device_id, SendEnded(opened.message_id, opened.attempt, NotStarted()))

    # deciding

    def requests(self, batch: RequestBatch, at: datetime) -> None:
        """Decide a batch of requests, each with its fate; raises IntakeGapError when it does not follow the last."""
        if batch.begin != self._taken:
            raise IntakeGapError(f"requests from {batch.begin} on, expected from {self._taken} on")
        self._set_time(at)
        for record in batch.records:
            self._request(record)
        self._taken = batch.end

    def _request(self, record: LogRecord) -> None:
        self._cause = f"request:{record.offset}"
        found = read(record, self.tenure.partition, self.tenure.partitions)
        if isinstance(found, Refusal):
            letters = (DeadLetter(found.event.detail, record),) if found.undecodable else ()
            self._emit(found.stream_id, [found.event], record.offset, found.context, letters)
        else:
            device_id, asked = found
            self._decide(device_id, asked)
        self.next_request = record.offset + 1

    def ended(self, effect: Effect, outcome: SendOutcome | ConnectOutcome | None, at: datetime) -> None:
        """Take in what came of an effect."""
        self._set_time(at)
        device_id = effect.device_id
        match effect:
            case Send() | Ask():
                self._cause = f"driver:{effect.link or '-'}"
                if self._running.get(device_id) == (effect.message_id, effect.attempt):
                    del self._running[device_id]
                    self._allowance.send_ends(device_id)
                self._decide(device_id, SendEnded(effect.message_id, effect.attempt, outcome))  # type: ignore[arg-type]  # the port's rule
            case Connect():
                self._connected(effect, outcome)
            case Close():
                pass

    def _connected(self, effect: Connect, outcome: SendOutcome | ConnectOutcome | None) -> None:
        self._cause = f"driver:{effect.link}"
        device = self.book.device(effect.device_id)
        if device.refresh is None or device.refresh.number != effect.link:
            if isinstance(outcome, Connected) and device.link != effect.link:
                self.loose.append(Begin(device.driver, Close(effect.device_id, effect.link)))
            return
        ended = Unreachable(reason="not_started") if isinstance(outcome, NotStarted) else outcome
        self._decide(effect.device_id, ConnectEnded(effect.link, ended))  # type: ignore[arg-type]  # the port's rule

    def reported(self, device_id: str, link: int, report: LinkReport, at: datetime) -> None:
        """Take in what a driver says of a link by itself."""
        self._set_time(at)
        self._cause = f"driver:{link}"
        self._decide(device_id, LinkReported(link, report))

    def due(self, at: datetime) -> datetime | None:
        """Do what is due by `at`, and what a budget was given for; when to be asked next."""
        self._set_time(at)
        wakes = self._allowance.wakes
        for _ in range(len(wakes)):
            self._cause = "due:budget"
            device_id = wakes.popleft()
            self._make_room(device_id)
            self._advance(device_id)
            self._allowance.settle(device_id)
        while (due := self._due.pop(self._at)) is not None:
            self._cause = "due:time"
            self._advance(due)
        return self._due.next()

    def _make_room(self, device_id: str) -> None:
        device = self.book.device(device_id)
        if self._allowance.has_to_close(device_id) and device.link is not None and device.open is None:
            self._emit(device_id, [links.DeviceDisconnected(link=device.link, why="idle")])

    # appending

    def take(self, max_bytes: int) -> list[EventRecord]:
        """The next batch of events to append: whole decisions; empty while one is in flight."""
        return self._outbox.take(max_bytes)

    def acked(self, base_offset: int) -> list[Consequence]:
        """The batch lies at `base_offset`; what may begin now. Raises NotContiguousError: then this owner is void."""
        return self._outbox.acked(base_offset)

    def idle(self) -> bool:
        """Whether nothing waits to be appended or acknowledged."""
        return not len(self._outbox) and not self._outbox.in_flight()

    def backlog(self) -> int:
        """Decisions that wait to be appended."""
        return len(self._outbox)

    # leaving

    def leave(self) -> None:
        """Begin nothing new from here on: only outcomes are decided."""
        self._leaving = True

    def release(self, at: datetime) -> None:
        """The last event of this owner."""
        self._set_time(at)
        self._cause = "due:handover"
        self._put(PARTITION, PartitionReleased(), None, NO_CONTEXT, ())

    def close(self) -> None:
        """Give all budgets back; the owner is not used any more."""
        self._allowance.close()

    # the inside

    def _set_time(self, at: datetime) -> None:
        if at > self._at:
            self._at = at
        self._stamp = self._at.isoformat(timespec="microseconds")

    def _decide(self, device_id: str, command: Command) -> None:
        device = self.book.device(device_id)
        events = decide(device, command, self._at, self._facts(device_id, device, command))
        if isinstance(command, Asked):
            self._emit(device_id, events, command.offset, command.context)
        elif events:
            self._emit(device_id, events)
        self._advance(device_id)

    def _facts(self, device_id: str, device: Device, command: Command | None = None) -> Facts:
        seen = None
        if isinstance(command, Asked):
            request_id = getattr(command.request, "request_id", None) or command.id
            seen = self.book.window.get(device_id, request_id)
        driver = device.driver
        knows = partial(self._links.knows_chat, driver, device_id) if device.new_chats_at is not None else _knows_nobody
        return Facts(
            self._rules,
            self.book.queue(device_id),
            self._draw(),
            partial(message_id_of, self.tenure.installation_id, device_id),
            seen,
            device.link is None or self._links.healthy(driver, device_id, device.link),
            knows,
            self._allowance.may_send(device_id),
            not device.linked or self._allowance.may_link(device_id),
            device_id in self._running,
            self._orphans_wait_until,
        )

    def _advance(self, device_id: str) -> None:
        if self._leaving:
            return
        for _ in range(MAX_STEPS):
            device = self.book.device(device_id)
            opened = device.open
            if opened is not None and opened.phase == "attempting" and not opened.orphan:
                return
            step = next_step(device, self._at, self._facts(device_id, device))
            if isinstance(step, Wait):
                self._wait(device_id, device, step)
                return
            self._emit(device_id, step)
        raise EndlessStepsError(f"device {device_id!r} did not come to rest")

    def _wait(self, device_id: str, device: Device, wait: Wait) -> None:
        if wait.until is not None:
            self._due.set(device_id, wait.until)
        if wait.budget == "sends":
            self._allowance.wait_to_send(device_id)
        elif wait.budget == "links":
            self._allowance.wait_to_link(device_id)
        if device.link is not None and device.open is None and device.refresh is None:
            self._allowance.link_rests(device_id)

    def _emit(
        self,
        device_id: str,
        events: list[DeviceEvent],
        decides: int | None = None,
        context: Context = NO_CONTEXT,
        letters: tuple[Consequence, ...] = (),
    ) -> None:
        """Give out one decision: encode, apply, and keep what begins once it is acknowledged."""
        records: list[EventRecord] = []
        consequences: list[Consequence] = list(letters)
        size = 0
        for event in events:
            record, effect = self._emit_event(device_id, event, decides, context)
            records.append(record)
            size += len(record.value) + 96
            decides = None
            if effect is not None:
                consequences.append(effect)
        self._outbox.put(Decision(tuple(records), size, tuple(consequences)))
        self._cause = f"event:{self._outbox.sequence - 1}"

    def _emit_event(
        self, device_id: str, event: DeviceEvent, decides: int | None, context: Context
    ) -> tuple[EventRecord, Begin | None]:
        if context is NO_CONTEXT and isinstance(event, sends.SendEvent):
            context = self._send_context(device_id, event)
        record = self._encode(device_id, event, decides, context)
        driver = self.book.device(device_id).driver
        self.book.apply(device_id, event, self._at, context)
        effect = self._account(device_id, event)
        return record, Begin(driver, effect) if effect is not None else None

    def _account(self, device_id: str, event: DeviceEvent) -> Effect | None:
        effect = effect_of(device_id, event, self.book.queue(device_id).opened)
        match effect:
            case Send() | Ask():
                self._running[device_id] = (effect.message_id, effect.attempt)
                self._allowance.send_begins(device_id)
                self._allowance.link_works(device_id)
            case Connect():
                self._allowance.refresh_begins(device_id)
            case _:
                self._account_link(device_id, event)
        return effect

    def _account_link(self, device_id: str, event: DeviceEvent) -> None:
        match event:
            case links.RefreshSucceeded():
                self._allowance.refresh_ends(device_id)
            case links.RefreshFailed():
                self._allowance.refresh_ends(device_id)
                self._allowance.link_ends(device_id)
            case links.DeviceDisconnected():
                self._allowance.link_ends(device_id)
            case _:
                pass

    def _send_context(self, device_id: str, event: sends.SendEvent) -> Context:
        queue = self.book.queues.get(device_id)
        if queue is None:
            return NO_CONTEXT
        opened = queue.opened
        if opened is not None and opened.request == getattr(event, "request", None):
            return opened.context
        waiting = queue.waiting(getattr(event, "request_id", ""))
        return waiting.context if waiting is not None else NO_CONTEXT

    def _encode(self, stream_id: str, event: Event, decides: int | None, context: Context) -> EventRecord:
        tenure = self.tenure
        position = Position(tenure.topic, tenure.partition, self._outbox.sequence)
        value = encode_event(event, position, stream_id, self._stamp, tenure.claim, self._cause, decides, context)
        self._outbox.sequence += 1
        return EventRecord(stream_id.encode(), value)

    def _put(
        self, stream_id: str, event: Event, decides: int | None, context: Context, consequences: tuple[Consequence, ...]
    ) -> None:
        record = self._encode(stream_id, event, decides, context)
        self._outbox.put(Decision((record,), len(record.value) + 96, consequences))


def _knows_nobody(_to: str) -> bool:
    return False
