"""An owner on a stage: a log of requests and one of events, a clock, drivers that answer when they are told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body
from schemas.envelope import NO_CONTEXT, EventEnvelope, Position, decode_event, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, Request
from streams.device.facts import Rules
from streams.drivers.port import Ask, Close, Connect, Effect, Pair, Send, Traits, Unpair
from streams.log.ports import EventRecord, LogRecord, RequestBatch
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin, Consequence, DeadLetter
from streams.ownership.folding import Folding
from streams.ownership.owner import Owner
from streams.ownership.publishing import Publish
from streams.ownership.tenure import Inheritance, Tenure
from streams.ownership.unread import deliver

HI = r.SendRequested(to="ana", body=Body(text="hi"))
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOPIC = "device-events"
EVERYTHING = 1 << 30
TRAITS = {
    "asked": Traits(linked=True, drops_repeats=True, answers_asks=True),
    "repeating": Traits(linked=True, drops_repeats=True, answers_asks=False),
    "linked": Traits(linked=True, drops_repeats=False, answers_asks=False),
    "paired": Traits(linked=True, drops_repeats=True, answers_asks=False, pairs=True),
    "platform": Traits(linked=False, drops_repeats=False, answers_asks=True),
    "bare": Traits(linked=False, drops_repeats=False, answers_asks=False),
}


def named(kind: str, text: str) -> str:
    """The name of a unique value: this installation keeps no secrets."""
    return f"{kind} {text}".encode().hex().ljust(64, "0")[:64]


@dataclass(slots=True)
class Drivers:
    """What drivers would say; `sick`: devices whose link is unhealthy, `chats`: whom each device knows."""

    sick: set[str] = field(default_factory=set)
    chats: set[tuple[str, str]] = field(default_factory=set)

    def healthy(self, driver: str, device_id: str, link: int) -> bool:
        return device_id not in self.sick

    def knows_chat(self, driver: str, device_id: str, to: str) -> bool:
        return (device_id, to) in self.chats


@dataclass(slots=True)
class Stage:
    """One partition from its first record on; one owner after another. Bugs are raised, unless it is `buggy`."""

    rules: Rules = field(default_factory=lambda: Rules(drivers=TRAITS, value_of=named))
    budgets: Budgets = field(default_factory=Budgets)
    drivers: Drivers = field(default_factory=Drivers)
    draw: Callable[[], float] = field(default_factory=lambda: Random(1).random)
    at: datetime = START
    partitions: int = 1
    requests: list[LogRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    running: list[Begin] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    closed: list[Close] = field(default_factory=list)
    unpaired: list[Unpair] = field(default_factory=list)
    put: list[Publish] = field(default_factory=list)
    living: dict[str, int] = field(default_factory=dict)
    generation: int = 0
    noticed: bool = False
    process: int = 1
    buggy: bool = False
    owner: Owner = field(init=False)

    def __post_init__(self) -> None:
        self.claim()

    # claiming

    def claim(self, *, another_process: bool = False, wait_s: float = 0.0, saved_at: float = 0.0) -> Owner:
        """Fold the log into a new owner and let it claim; another process has no links and runs nothing.

        saved_at: how much of the log a snapshot holds that the owner begins with.
        """
        if self.generation:
            self.owner.close()
        if another_process:
            self.process += 1
            self.running.clear()
            self.living.clear()
        self.running = [b for b in self.running if not isinstance(b.effect, Connect | Pair)]
        self.generation += 1
        self.owner = self.fresh_owner()
        position = int(saved_at * len(self.events))
        self.events.append(self._marker())
        self.owner.resume(Folding.restored(self.saved(position)))
        self._fold(self.owner, position)
        self.read_open(self.owner)
        self.owner.begin(self.at, self._inheritance(wait_s))
        self._mind_faults()
        return self.owner

    def _mind_faults(self) -> None:
        if self.owner.faults and not self.buggy:
            raise self.owner.faults[0].error

    def fresh_owner(self) -> Owner:
        tenure = Tenure(
            topic=TOPIC,
            partition=0,
            partitions=self.partitions,
            claim=f"{self.generation:016x}",
            installation_id="installation",
        )
        return Owner(tenure, self.rules, self.budgets, self.drivers, self.draw, self._notice)

    def _notice(self) -> None:
        self.noticed = True

    def turn(self) -> datetime | None:
        """Do what is due now and what budgets were given for, as long as there is any; when something is due next."""
        due = self.owner.due(self.at)
        while self.noticed or self.read_again(self.owner):
            self.noticed = False
            due = self.owner.due(self.at)
        self._mind_faults()
        return due

    # bodies

    def read_open(self, owner: Owner) -> None:
        """Read again what open sends lack, as is done before an owner goes to work."""
        for place, device_id in owner.book.unread().items():
            deliver(owner.book, device_id, self._event(place))

    def read_again(self, owner: Owner) -> bool:
        """Read again what an owner lacks; whether it lacked anything."""
        lacking = owner.lacking()
        owner.read_again([self._event(place) for place in lacking], self.at)
        return bool(lacking)

    def _event(self, place: int) -> LogRecord:
        return LogRecord(place, 0, *self.events[place])

    def folded(self) -> Owner:
        """A fresh owner that has folded the log as it is now."""
        owner = self.fresh_owner()
        self._fold(owner)
        return owner

    def saved(self, position: int) -> bytes:
        """What the first `position` events amount to, as a snapshot holds it."""
        folding = Folding()
        self._fold(folding, end=position)
        return folding.saved()

    def _fold(self, to: Owner | Folding, begin: int = 0, end: int | None = None) -> None:
        for offset, record in enumerate(self.events[begin:end], begin):
            to.fold(offset, decode_event(record.value))

    def batched(self, size: int) -> bytes:
        """What the whole log amounts to, folded in batches of that size."""
        folding = Folding()
        events = [(offset, decode_event(record.value)) for offset, record in enumerate(self.events)]
        for begin in range(0, len(events), size):
            folding.fold_batch(events[begin : begin + size])
        return folding.saved()

    def refolded(self, position: int) -> bytes:
        """What the whole log amounts to, from a snapshot of the first `position` events on."""
        folding = Folding.restored(self.saved(position))
        self._fold(folding, position)
        return folding.saved()

    def _marker(self) -> EventRecord:
        marker = PartitionClaimed(
            generation=self.generation,
            claim=f"{self.generation:016x}",
            owner="worker",
            schema_level=1,
            partitions=self.partitions,
            installation="installation",
            process=f"process-{self.process}",
        )
        position = Position(TOPIC, 0, len(self.events))
        value = encode_event(
            marker, position, PARTITION, self.at.isoformat(), marker.claim, "due:claim", None, NO_CONTEXT
        )
        return EventRecord(PARTITION.encode(), value)

    def _inheritance(self, wait_s: float) -> Inheritance:
        effects = [b.effect for b in self.running]
        return Inheritance(
            own_claims={f"{n:016x}" for n in range(self.generation)} if self.process == 1 else frozenset(),
            running={(e.device_id, e.message_id, e.attempt) for e in effects if isinstance(e, Send | Ask)},
            living=dict(self.living),
            orphans_wait_until=self.at + timedelta(seconds=wait_s) if wait_s else None,
        )

    # what comes in

    def ask(self, device_id: str, request: Request, id: str | None = None, **context: Any) -> LogRecord:
        """Publish a request and let the owner decide it."""
        request_id = id or f"r{len(self.requests)}"
        value = encode_request(request_id, request.type, device_id, "test", request, time=self.at, **context)
        return self.publish(device_id.encode(), value)

    def publish(self, key: bytes | None, value: bytes | None, headers: Any = ()) -> LogRecord:
        """Publish any record, and let the owner decide it."""
        record = LogRecord(len(self.requests), 0, key, value, headers)
        self.requests.append(record)
        self.owner.requests(RequestBatch(record.offset, record.offset + 1, [record]), self.at)
        self._mind_faults()
        return record

    def answer(self, begin: Begin, outcome: Any) -> None:
        """Tell the owner what came of an effect."""
        self.running.remove(begin)
        if isinstance(begin.effect, Connect) and outcome.kind == "connected":
            self.living[begin.effect.device_id] = begin.effect.link
        self.owner.ended(begin.effect, outcome, self.at)
        self._mind_faults()

    def report(self, device_id: str, link: int, report: Any) -> None:
        """Tell the owner what a driver says by itself."""
        if report.kind != "advanced" and self.living.get(device_id) == link:
            del self.living[device_id]
        self.owner.reported(device_id, link, report, self.at)
        self._mind_faults()

    def wait(self, seconds: float) -> None:
        """Let time pass; the owner is asked whenever something is due."""
        end = self.at + timedelta(seconds=seconds)
        due = self.turn()
        while due is not None and due <= end:
            self.at = max(self.at, due)
            due = self.turn()
        self.at = end
        self.turn()

    # appending

    def append(self) -> list[Begin]:
        """Append everything decided and begin what it implies; what began now."""
        before = len(self.running)
        while events := self.owner.take(EVERYTHING):
            base = len(self.events)
            self.events.extend(events)
            self.begin(self.owner.acked(base))
        self.begin(self.owner.loose)
        self.owner.loose = []
        return self.running[before:]

    def append_unknown(self, decisions: int) -> None:
        """Append no more than so many decisions, and begin nothing: the owner that decided them is gone."""
        for _ in range(decisions):
            base = len(self.events)
            self.events.extend(self.owner.take(1))
            self.owner.acked(base)

    def decisions(self) -> list[int]:
        """Append everything decided, a decision at a time; how many events each has."""
        sizes = []
        while events := self.owner.take(1):
            base = len(self.events)
            self.events.extend(events)
            self.begin(self.owner.acked(base))
            sizes.append(len(events))
        return sizes

    def begin(self, consequences: Iterable[Consequence]) -> None:
        """Begin what may begin now; closes are done at once."""
        for consequence in consequences:
            if isinstance(consequence, DeadLetter):
                self.letters.append(consequence)
            elif isinstance(consequence, Publish):
                self.put.append(consequence)
            elif isinstance(consequence.effect, Unpair):
                self.unpair(consequence.effect)
            elif isinstance(consequence.effect, Close):
                self.close(consequence.effect)
            else:
                self.running.append(consequence)

    def close(self, effect: Close) -> None:
        """The link is closed, and with it a connect that was still on its way."""
        self.closed.append(effect)
        if self.living.get(effect.device_id) == effect.link:
            del self.living[effect.device_id]
        self.running = [b for b in self.running if b.effect != Connect(effect.device_id, effect.link)]

    def unpair(self, effect: Unpair) -> None:
        """The session is ended, and with it a pairing that was still on its way."""
        self.unpaired.append(effect)
        over = [b for b in self.pairings() if b.effect.device_id == effect.device_id]
        self.running = [b for b in self.running if b not in over or over[0].effect.pairing != effect.pairing]

    # looking

    def pairings(self) -> list[Any]:
        """The pairings that run."""
        return [b for b in self.running if isinstance(b.effect, Pair)]

    def told(self, begin: int = 1) -> list[EventEnvelope]:
        """The events appended so far, from offset `begin` on."""
        return [decode_event(event.value) for event in self.events[begin:]]

    def types(self, device_id: str | None = None) -> list[str]:
        """The types of the events, of one device or of all."""
        return [e.type for e in self.told() if device_id in (None, e.subject)]

    def sends(self) -> list[Begin]:
        """The sends and asks that run."""
        return [b for b in self.running if isinstance(b.effect, Send | Ask)]

    def connects(self) -> list[Begin]:
        """The connects that run."""
        return [b for b in self.running if isinstance(b.effect, Connect)]


def effect_of(begin: Begin) -> Effect:
    """What was begun."""
    return begin.effect


def raw_request(**changes: Any) -> bytes:
    """A plain send as a record's value, changed."""
    fields: dict[str, Any] = {
        "specversion": "1.0",
        "id": "r",
        "type": "send_requested",
        "source": "test",
        "subject": "d1",
        "data": {"to": "+6281", "body": {"text": "hi"}},
    }
    return orjson.dumps({k: v for k, v in (fields | changes).items() if v is not None})


def stage(driver: str = "asked", **more: object) -> Stage:
    """A stage with device d1."""
    found = Stage(**more)  # type: ignore[arg-type]  # fields of Stage
    found.ask("d1", r.DeviceRegistrationRequested(driver=driver))
    return found


def sending(driver: str = "asked", **more: object) -> tuple[Stage, Begin]:
    """A stage whose d1 is connected, and the send that runs."""
    found = stage(driver, **more)
    found.ask("d1", HI, "r1")
    found.append()
    if TRAITS[driver].linked:
        found.answer(found.connects()[0], o.Connected())
        found.append()
    return found, found.sends()[0]
