"""Mistakes to plant in the write side, or in its edge to the log: the simulation has to notice each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from schemas.device import DeviceEvent
from schemas.device import outcomes as o
from schemas.device.sends import SendReturned
from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from streams.device import settling
from streams.device.facts import Facts
from streams.device.state import Device, Open
from streams.ownership import owner as owner_module
from streams.ownership.allowance import Allowance
from streams.ownership.effects import Consequence
from streams.ownership.outbox import Outbox
from streams.ownership.owner import Inheritance, Owner
from streams.worker.claiming import Batches, Claimer, Predecessor
from streams.worker.desk import EffectDesk, Place
from streams.worker.holdings import Holdings
from streams.worker.inbox import Inbox
from streams.worker.partition import PartitionRunner
from streams.worker.terms import Terms
from tests.faults.simulation.event_log import SimulatedEventLog

Patch = tuple[Any, str, object]


def _any_ack_is_good() -> Patch:
    def acked(self: Outbox, base_offset: int) -> list[Consequence]:
        self.acknowledged = base_offset
        return acknowledge(self, base_offset)

    acknowledge = Outbox.acked
    return Outbox, "acked", acked


def _effects_before_the_ack() -> Patch:
    def flush(self: PartitionRunner, owner: Owner) -> None:
        append(self, owner)
        outbox = owner._decisions.outbox
        early = [c for decision in outbox._in_flight for c in decision.consequences]
        outbox._in_flight = [decision._replace(consequences=()) for decision in outbox._in_flight]
        self._begin(early)

    append = PartitionRunner._flush
    return PartitionRunner, "_flush", flush


def _resuming(by: int) -> Patch:
    def begin_elsewhere(self: Owner, at: datetime, inheritance: Inheritance) -> None:
        self.next_request = max(0, self.next_request + by)
        begin(self, at, inheritance)

    begin = Owner.begin
    return Owner, "begin", begin_elsewhere


def _void_events_are_folded() -> Patch:
    def fold_all(self: Owner, offset: int, envelope: EventEnvelope) -> Verdict:
        verdict = fold(self, offset, envelope)
        if verdict is Verdict.VOID and not envelope.type.startswith("partition_"):
            self._fold_event(envelope)
        return verdict

    fold = Owner.fold
    return Owner, "fold", fold_all


class _CarelessFence(Fence):
    """Lets an event of the current claim count wherever it lies."""

    __slots__ = ()

    def judge(self, offset: int, event: EventEnvelope) -> Verdict:
        verdict = super().judge(offset, event)
        doubled = verdict is Verdict.VOID and event.claim == self.claim and not event.type.startswith("partition_")
        return Verdict.COUNTS if doubled else verdict


def _a_lost_race_is_won() -> Patch:
    async def fold_to_marker(self: Claimer, owner: Owner, batches: Batches) -> tuple[Predecessor, bool]:
        while True:
            for record in await anext(batches):
                self._fold(owner, [record])
                if owner.tenure.claim.encode() in (record.value or b""):
                    return self._last, False

    return Claimer, "_fold_to_own_marker", fold_to_marker


def _no_proof_of_membership() -> Patch:
    async def only_fold(self: Claimer, owner: Owner, batches: Batches) -> None:
        await self._fold_to(owner, batches, await self._events.end(self._partition))

    return Claimer, "_prove_membership", only_fold


def _not_found_is_not_sent() -> Patch:
    def settle(device: Device, opened: Open, outcome: o.SendOutcome, at: datetime, facts: Facts) -> list[DeviceEvent]:
        if isinstance(outcome, o.NotFound):
            again = SendReturned(
                request=opened.request, request_id=opened.request_id, attempt=opened.attempt, reason="not_found"
            )
            return [again]
        return settle_reconciling(device, opened, outcome, at, facts)

    settle_reconciling = settling._settle_reconciling
    return settling, "_settle_reconciling", settle


def _connects_beside_a_closing_link() -> Patch:
    def connect(self: EffectDesk, partition: int, place: Place, *rest: Any) -> None:
        closing, place.closing = place.closing, {}
        connect_after_close(self, partition, place, *rest)
        place.closing = closing

    connect_after_close = EffectDesk._connect
    return EffectDesk, "_connect", connect


def _a_unit_is_never_given_back() -> Patch:
    def hold_on(self: Allowance, key: str, *, sends: bool, connects: bool, linked: bool) -> None:
        hold(self, key, sends=sends or key in self._sends, connects=connects, linked=linked)

    hold = Allowance.hold
    return Allowance, "hold", hold_on


def _open_attempts_never_began() -> Patch:
    def adopt(self: Owner, inheritance: Inheritance) -> None:
        everybodys = frozenset(self._attempt_claims.values())
        adopt_own(self, Inheritance(own_claims=everybodys, running=inheritance.running, living=inheritance.living))

    adopt_own = Owner._adopt
    return Owner, "_adopt", adopt


def _only_for_effects(terms: Terms) -> float:
    return terms.handover_s + terms.margin_s


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _none(*_: Any, **__: Any) -> list[Any]:
    return []


def _nobody(*_: Any, **__: Any) -> set[Any]:
    return set()


def _no(*_: Any, **__: Any) -> bool:
    return False


MISTAKES: Mapping[str, Callable[[], Patch]] = MappingProxyType(
    {
        "an ack for another offset is taken": _any_ack_is_good,
        "effects begin before the ack": _effects_before_the_ack,
        "intake resumes one request too far": lambda: _resuming(1),
        "intake resumes one request too early": lambda: _resuming(-1),
        "void events are folded": _void_events_are_folded,
        "doubled events count twice": lambda: (owner_module, "Fence", _CarelessFence),
        "a claim that came second is acted on": _a_lost_race_is_won,
        "claims without proof of membership": _no_proof_of_membership,
        "a producer is used again after an error": lambda: (SimulatedEventLog, "_retire", _nothing),
        "not found is read as not sent": _not_found_is_not_sent,
        "a link is made while its predecessor still closes": _connects_beside_a_closing_link,
        "outcomes of a lost partition are dropped": lambda: (Holdings, "_report", _nothing),
        "a unit of the send budget is never given back": _a_unit_is_never_given_back,
        "running sends are forgotten at the next claim": lambda: (EffectDesk, "running", _nobody),
        "outcomes end with the claim that heard them": lambda: (Inbox, "clear", _none),
        "an attempt without outcome is taken for one that never began": _open_attempts_never_began,
        "a predecessor is not waited for": lambda: (Claimer, "_has_to_wait", _no),
        "a predecessor's links are not waited for": lambda: (Terms, "takeover_s", property(_only_for_effects)),
        "links outlive the membership": lambda: (PartitionRunner, "_close_links", _nothing),
    }
)
"""Each mistake by what it does wrong."""


@contextmanager
def planted(mistake: str) -> Iterator[None]:
    """Make the mistake while the context lasts."""
    target, name, wrong = MISTAKES[mistake]()
    with patch.object(target, name, wrong):
        yield
