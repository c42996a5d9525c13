"""Mistakes with claims, appends and what is read back: whose the partition is, and what counts."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from schemas.envelope import EventEnvelope
from schemas.fence import Fence, Verdict
from streams.device.state import Device
from streams.log.ports import RequestBatch
from streams.ownership import book as book_module
from streams.ownership import folding as folding_module
from streams.ownership.effects import Consequence
from streams.ownership.outbox import Outbox
from streams.ownership.owner import Owner
from streams.ownership.tenure import Inheritance
from streams.worker.claiming import Batches, Claimer, Predecessor
from streams.worker.partition import PartitionRunner
from streams.worker.terms import Terms
from tests.faults.simulation.event_log import SimulatedEventLog
from tests.faults.simulation.planting import Mistakes, Patch, no, nothing


def _any_ack_is_good() -> Patch:
    def acked(self: Outbox, base_offset: int) -> list[Consequence]:
        self.acknowledged = base_offset
        return acknowledge(self, base_offset)

    acknowledge = Outbox.acked
    return Outbox, "acked", acked


def _effects_before_the_ack() -> Patch:
    def flush(self: PartitionRunner, owner: Owner) -> None:
        append(self, owner)
        outbox = owner._writing.outbox
        early = [c for decision in outbox._in_flight for c in decision.consequences]
        outbox._in_flight = [decision._replace(consequences=()) for decision in outbox._in_flight]
        self._begin(early)

    append = PartitionRunner._flush
    return PartitionRunner, "_flush", flush


def _resuming(by: int) -> Patch:
    def begin_elsewhere(self: Owner, at: datetime, inheritance: Inheritance) -> None:
        self._folding.next_request = max(0, self.next_request + by)
        begin(self, at, inheritance)

    begin = Owner.begin
    return Owner, "begin", begin_elsewhere


def _void_events_are_folded() -> Patch:
    def fold_all(self: Owner, offset: int, envelope: EventEnvelope) -> Verdict:
        verdict = fold(self, offset, envelope)
        if verdict is Verdict.VOID and not envelope.type.startswith("partition_"):
            self._folding.apply(offset, envelope)
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


def _open_attempts_never_began() -> Patch:
    def adopt(self: Owner, inheritance: Inheritance) -> None:
        everybodys = frozenset(self._folding.attempt_claims.values())
        adopt_own(self, Inheritance(own_claims=everybodys, running=inheritance.running, living=inheritance.living))

    adopt_own = Owner._adopt
    return Owner, "_adopt", adopt


def _gaps_are_not_noticed() -> Patch:
    def requests(self: Owner, batch: RequestBatch, at: datetime) -> None:
        self._taken = batch.begin
        decide(self, batch, at)

    decide = Owner.requests
    return Owner, "requests", requests


def _only_for_effects(terms: Terms) -> float:
    return terms.handover_s + terms.margin_s


def _has_link(device: Device) -> bool:
    return device.link is not None


MISTAKES_ABOUT_THE_LOG: Mistakes = MappingProxyType(
    {
        "an ack for another offset is taken": _any_ack_is_good,
        "effects begin before the ack": _effects_before_the_ack,
        "intake resumes one request too far": lambda: _resuming(1),
        "intake resumes one request too early": lambda: _resuming(-1),
        "gaps and repeats of fetched requests are not noticed": _gaps_are_not_noticed,
        "void events are folded": _void_events_are_folded,
        "doubled events count twice": lambda: (folding_module, "Fence", _CarelessFence),
        "a claim that came second is acted on": _a_lost_race_is_won,
        "claims without proof of membership": _no_proof_of_membership,
        "a claim marker ends no links": lambda: (book_module.Book, "end_claim", nothing),
        "a producer is used again after an error": lambda: (SimulatedEventLog, "_retire", nothing),
        "an attempt without outcome is taken for one that never began": _open_attempts_never_began,
        "a predecessor is not waited for": lambda: (Claimer, "_has_to_wait", no),
        "a predecessor's links are not waited for": lambda: (Terms, "takeover_s", property(_only_for_effects)),
        "a predecessor that claimed anew or closes links is not waited for": lambda: (
            book_module,
            "_linked_once",
            _has_link,
        ),
    }
)
"""Each by what it does wrong."""
