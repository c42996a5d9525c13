"""Whatever is asked, answered, reported and lost: the owner's log keeps every rule."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mendline.verify.check import check
from mendline.verify.history import History, PartitionHistory, RawRecord
from mendline.verify.limits import Limits
from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body
from schemas.device.pairing import Paired, PairingFailed
from schemas.uniqueness.questions import UniquenessAnswered
from schemas.uniqueness.requests import ReleaseRequested
from streams.device.facts import Rules
from streams.device.next_step import Wait, awaits_outcome, next_step
from streams.drivers.port import Ask, Connect, Pair, Send
from streams.ownership.book import Book
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin
from streams.ownership.publishing import Publish
from tests.streams.ownership.stage import TRAITS, Stage, named

DEVICES = {
    "d1": "asked",
    "d2": "repeating",
    "d3": "platform",
    "d4": "linked",
    "d5": "bare",
    "d6": "paired",
    "d7": "paired",
}
RULES = Rules(drivers=TRAITS, decision_events=3, max_attempts=4, backoff_max_s=30.0, value_of=named)
devices = st.sampled_from(sorted(DEVICES))
chats = st.sampled_from(["ana", "budi", "citra"])
seconds = st.sampled_from([0.0, 0.5, 2.0, 5.0, 20.0, 61.0, 400.0])
ids = st.none() | st.sampled_from(["a", "b", "c"])
campaigns = st.none() | st.sampled_from(["spring", "fall"])


class OwnerMachine(RuleBasedStateMachine):
    """Drives a stage at random; its teardown settles everything and looks at the whole log."""

    def __init__(self) -> None:
        super().__init__()
        self.begin(1, 9, 9, 9, 0)

    @initialize(
        seed=st.integers(0, 2**32),
        sends=st.integers(1, 3),
        refreshes=st.integers(1, 2),
        links=st.integers(1, 3),
        bodies=st.sampled_from([0, 4000, 1 << 30]),
    )
    def begin(self, seed: int, sends: int, refreshes: int, links: int, bodies: int) -> None:
        self.limits = (sends, refreshes, links)
        self.claimed = False
        budgets = Budgets(*self.limits, bodies)
        self.stage = Stage(rules=RULES, budgets=budgets, draw=Random(seed).random)
        for device_id, driver in DEVICES.items():
            pace = 2.0 if device_id in ("d2", "d3") else 0.0
            self.stage.ask(device_id, r.DeviceRegistrationRequested(driver=driver, pace_max_s=pace))

    # requests

    @rule(device=devices, to=chats, id=ids, campaign=campaigns, delay=st.none() | seconds, life=st.none() | seconds)
    def send(
        self, device: str, to: str, id: str | None, campaign: str | None, delay: float | None, life: float | None
    ) -> None:
        at = self.stage.at
        asked = r.SendRequested(
            to=to,
            body=Body(text="hi"),
            campaign=campaign,
            not_before=None if delay is None else at + timedelta(seconds=delay - 5),
            expires_at=None if life is None else at + timedelta(seconds=life + 1),
        )
        self.stage.ask(device, asked, id)

    @rule(device=devices, number=st.integers(1, 12), campaign=campaigns)
    def send_many(self, device: str, number: int, campaign: str | None) -> None:
        for _ in range(number):
            self.stage.ask(device, r.SendRequested(to="ana", body=Body(text="hi"), campaign=campaign))

    @rule(
        device=devices,
        request=st.sampled_from(
            [
                r.RefreshRequested(),
                r.DeviceResumeRequested(),
                r.DeviceParkRequested(),
                r.SendCancellationRequested(campaign="spring"),
                r.SendCancellationRequested(request_id="a"),
                r.SendResolutionRequested(request_id="a", resolution="send_again"),
                r.SendResolutionRequested(request_id="b", resolution="give_up"),
                r.DeviceChangeRequested(pace_min_s=0.0, pace_max_s=1.0),
                r.DeliveryReported(status="read", provider_message_id="p"),
                r.MessageReported(provider_message_id="p", sender="6281", body=Body(text="STOP")),
            ]
        ),
    )
    def ask(self, device: str, request: Any) -> None:
        self.stage.ask(device, request)

    @rule(device=st.sampled_from(["d6", "d7"]), unpair=st.booleans())
    def pair(self, device: str, unpair: bool) -> None:
        self.stage.ask(device, r.DeviceUnpairingRequested() if unpair else r.DevicePairingRequested())

    @rule(number=st.integers(0, 9), verdict=st.sampled_from(["claimed", "claimed", "taken", "stale"]))
    def answer_a_question(self, number: int, verdict: Any) -> None:
        """In any order, late and more than once: each was put at least once."""
        if self.stage.put:
            _answer(self.stage, self.stage.put[number % len(self.stage.put)], verdict)

    @rule(device=devices, delay=seconds)
    def park_until(self, device: str, delay: float) -> None:
        self.stage.ask(device, r.DeviceParkRequested(until=self.stage.at + timedelta(seconds=delay)))

    @rule(device=devices)
    def remove(self, device: str) -> None:
        self.stage.ask(device, r.DeviceRemovalRequested())

    @rule(device=devices)
    def register(self, device: str) -> None:
        self.stage.ask(device, r.DeviceRegistrationRequested(driver=DEVICES[device]))

    @rule(key=st.sampled_from([b"d1", b"d9", None]), value=st.sampled_from([None, b"", b"{}", b"\xff"]))
    def nonsense(self, key: bytes | None, value: bytes | None) -> None:
        self.stage.publish(key, value)

    # the world

    @rule(number=st.integers(0, 9), outcome=st.integers(0, 9))
    def answer(self, number: int, outcome: int) -> None:
        running = self.stage.running
        if running:
            begin = running[number % len(running)]
            outcomes = _outcomes(begin, self.stage)
            self.stage.answer(begin, outcomes[outcome % len(outcomes)])

    @rule()
    def go_on(self) -> None:
        """All goes well for a moment: without this, walks seldom come far."""
        self.stage.append()
        for begin in list(self.stage.running):
            self.stage.answer(begin, _outcomes(begin, self.stage)[0])
        self.stage.append()

    @rule(device=devices, report=st.sampled_from(["dropped", "needs_pairing", "replaced", "banned", "advanced"]))
    def report(self, device: str, report: str) -> None:
        link = self.stage.living.get(device)
        if link is not None:
            self.stage.report(device, link, _report(report, self.stage))

    @rule(device=devices, sick=st.booleans())
    def change_health(self, device: str, sick: bool) -> None:
        (self.stage.drivers.sick.add if sick else self.stage.drivers.sick.discard)(device)

    @rule(device=devices, to=chats)
    def meet(self, device: str, to: str) -> None:
        self.stage.drivers.chats.add((device, to))

    @rule(delay=seconds)
    def wait(self, delay: float) -> None:
        self.stage.wait(delay)

    @rule()
    def append(self) -> None:
        assert all(size <= RULES.decision_events + 1 for size in self.stage.decisions())
        self.stage.append()

    @rule(
        another=st.booleans(),
        kept=st.none() | st.integers(0, 3),
        wait_s=st.sampled_from([0.0, 3.0]),
        saved_at=st.floats(0.0, 1.0),
    )
    def claim_anew(self, another: bool, kept: int | None, wait_s: float, saved_at: float) -> None:
        """With `kept` only so many decisions still reach the log, and what they imply never begins."""
        self.claimed = True
        if kept is None:
            self.stage.append()
        else:
            self.stage.append_unknown(kept)
        self.stage.claim(another_process=another, wait_s=wait_s, saved_at=saved_at)
        self._forget_undecided()

    def _forget_undecided(self) -> None:
        """Requests whose fate was lost are decided again, as they lie in the log."""
        owner, requests = self.stage.owner, self.stage.requests
        undecided = requests[owner.next_request :]
        del requests[owner.next_request :]
        for record in undecided:
            self.stage.publish(record.key, record.value)

    # what holds always

    @invariant()
    def _units_are_those_of_the_states(self) -> None:
        self.stage.turn()
        expected, budgets = _units(self.stage), self.stage.budgets
        assert (budgets.sends.used, budgets.refreshes.used, budgets.links.used) == expected
        assert budgets.pairings.used == _pairings(self.stage)
        within = [u <= m for u, m in zip(expected, self.limits, strict=True)]
        assert all(within) or self.claimed  # what an earlier claim left is taken over, budget or not
        assert budgets.closing == 0

    @invariant()
    def _a_device_that_is_not_asked_would_say_nothing_else(self) -> None:
        """The owner asks no device for its next step whose attempt runs, before one of its sends may have ended."""
        owner = self.stage.owner
        waiting = {id_: d for id_, d in owner.book.devices.items() if awaits_outcome(d) and self._may_wait(id_)}
        steps = {id_: next_step(d, self.stage.at, owner._facts(id_, d)) for id_, d in waiting.items()}
        assert steps == {id_: Wait(owner.book.queue(id_).ends_at()) for id_ in waiting}

    def _may_wait(self, device_id: str) -> bool:
        ends_at = self.stage.owner.book.queue(device_id).ends_at()
        return ends_at is None or ends_at > self.stage.at

    @invariant()
    def _a_device_tries_one_send_at_a_time(self) -> None:
        awaited = Counter(b.effect.device_id for b in self.stage.sends() if _is_awaited(self.stage, b))
        assert all(count == 1 for count in awaited.values())

    def teardown(self) -> None:
        self._mind_the_fold()
        self._mind_snapshots()
        _settle(self.stage)
        self._mind_the_fold()
        self._mind_rest()
        _mind_fates(self.stage)
        _verify(self.stage)

    def _mind_the_fold(self) -> None:
        self.stage.append()
        folded = self.stage.folded()
        assert _ended(folded.book) == _ended(self.stage.owner.book)
        assert folded.next_request == self.stage.owner.next_request == len(self.stage.requests)

    def _mind_snapshots(self) -> None:
        """From a snapshot on, wherever it was taken, the log amounts to the same as from its beginning."""
        end = len(self.stage.events)
        whole = self.stage.saved(end)
        assert all(self.stage.refolded(position) == whole for position in range(0, end + 1, 1 + end // 20))
        assert all(self.stage.batched(size) == whole for size in (2, 7, end))

    def _mind_rest(self) -> None:
        stage = self.stage
        assert not stage.sends()
        assert not stage.connects()
        assert not stage.pairings()
        assert not any(stage.owner.questions.of(device_id) for device_id in stage.owner.book.devices)
        assert stage.budgets.pairings.used == 0
        assert (stage.budgets.sends.used, stage.budgets.refreshes.used) == (0, 0)
        assert stage.budgets.links.used == len(stage.living)
        assert _left(stage) == 0


def _is_awaited(stage: Stage, begin: Begin) -> bool:
    opened, effect = stage.owner.book.device(begin.effect.device_id).open, begin.effect
    if opened is None or not isinstance(effect, Send | Ask):
        return False
    return (opened.message_id, opened.attempt) == (effect.message_id, effect.attempt)


def _ended(book: Book) -> Book:
    copy = deepcopy(book)
    copy.end_claim()
    return copy


def _units(stage: Stage) -> tuple[int, int, int]:
    devices = stage.owner.book.devices.values()
    connecting = [d for d in devices if d.refresh is not None and d.refresh.started]
    linked = [d for d in devices if d.link is not None or d in connecting]
    return len(stage.owner._units), len(connecting), len(linked)


def _pairings(stage: Stage) -> int:
    pairings = [device.pairing for device in stage.owner.book.devices.values()]
    return sum(pairing is not None and pairing.claim is None for pairing in pairings)


def _answer(stage: Stage, asked: Publish, verdict: Any) -> None:
    request: Any = asked.request
    told: Any = "released" if isinstance(request, ReleaseRequested) else verdict
    stage.ask(request.asker, UniquenessAnswered(question=request.question, verdict=told))


def _outcomes(begin: Begin, stage: Stage) -> list[Any]:
    soon, over = stage.at + timedelta(seconds=20), stage.at - timedelta(seconds=1)
    doubt = o.Uncertain(reason="timeout")
    if isinstance(begin.effect, Connect):
        bans = [o.BannedUntil(until=soon), o.BannedUntil(until=over)]
        return [o.Connected(), o.Connected(), o.Unreachable(reason="timeout"), o.NotStarted(), o.NeedsPairing(), *bans]
    if isinstance(begin.effect, Pair):
        return [Paired(jid="62811@s"), Paired(jid="62822@s"), PairingFailed(why="closed"), o.NotStarted()]
    clear = [o.Accepted(), o.Accepted(), o.Rejected(reason="no"), doubt, o.NotConnected(), o.NotStarted()]
    if isinstance(begin.effect, Ask):
        return [*clear, o.NotFound(), doubt]
    held = [o.Deferred(until=soon, reason="slow"), o.Deferred(until=over, reason="slow")]
    return [*clear, *held, o.NewChatLocked(until=soon), o.NewChatLocked(until=over)]


def _report(kind: str, stage: Stage) -> Any:
    reports = {
        "dropped": o.Dropped(reason="gone"),
        "needs_pairing": o.NeedsPairing(),
        "replaced": o.ReplacedElsewhere(),
        "banned": o.BannedUntil(until=stage.at + timedelta(seconds=30)),
        "advanced": o.Advanced(step="login"),
    }
    return reports[kind]


def _settle(stage: Stage) -> None:
    """From here on all goes well: whatever waits has to leave, in a round each."""
    stage.drivers.sick.clear()
    for device_id in DEVICES:
        stage.ask(device_id, r.DeviceResumeRequested())
    for _ in range(60 + _left(stage)):
        stage.append()
        for begin in list(stage.running):
            stage.answer(begin, o.Accepted() if isinstance(begin.effect, Send | Ask) else _outcomes(begin, stage)[0])
        stage.append()
        asked, stage.put[:] = [*stage.put], []
        for question in asked:
            _answer(stage, question, "claimed")
        stage.wait(10.0)
        stage.append()
        if not stage.running and not _left(stage) and not stage.put:
            break


def _left(stage: Stage) -> int:
    """How many sends wait or are tried."""
    return sum(len(queue) + (queue.opened is not None) for queue in stage.owner.book.queues.values())


def _mind_fates(stage: Stage) -> None:
    fates = [e.decides for e in stage.told(0) if e.decides is not None]
    assert fates == list(range(len(stage.requests)))


def _verify(stage: Stage) -> None:
    requests = [RawRecord(q.offset, q.key, q.value, q.headers) for q in stage.requests]
    events = [RawRecord(offset, e.key, e.value) for offset, e in enumerate(stage.events)]
    history = History(1, [PartitionHistory(0, requests, events)])
    report = check(history, limits=Limits(max_attempts=RULES.max_attempts))
    assert report.ok, report.text()


OwnerMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)
TestOwnerMachine = OwnerMachine.TestCase
