"""The owner of one partition of a stream whose keys have no links and no budgets: clients, values, API keys,
connections. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from schemas.device.outcomes import LinkReport
from schemas.envelope import NO_CONTEXT, EventEnvelope
from schemas.fence import Fence, Verdict
from schemas.message import Event, RequestRefused
from schemas.rebuilding import rebuilt
from streams.drivers.port import Effect, Outcome
from streams.log.ports import LogRecord
from streams.ownership.any_owner import AnyOwner
from streams.ownership.asked import Asked
from streams.ownership.asking import Asking
from streams.ownership.deadlines import Deadlines
from streams.ownership.faults import BUG, Fault
from streams.ownership.folding import Folding
from streams.ownership.keyed_decider import KeyedDecider
from streams.ownership.publishing import Publish
from streams.ownership.reading import Refusal, requested, stream_id_of
from streams.ownership.tenure import Inheritance, Tenure
from streams.ownership.writing import Writing

S = TypeVar("S")


class KeyedOwner(AnyOwner, Generic[S]):
    """Fold the partition's events, claim, then decide what is asked, in order; ask others again until they answer."""

    def __init__(self, tenure: Tenure, decider: KeyedDecider[S]) -> None:
        super().__init__(tenure)
        self.fence = Fence()
        self.next_request = 0
        self.states: dict[str, S] = {}
        self._decider = decider
        self._writing = Writing(tenure)
        self._asking = Asking()
        self._deadlines = Deadlines(decider.grace_s)

    # recovery

    def fold(self, offset: int, envelope: EventEnvelope) -> Verdict:
        """Take in one record of the events topic, in order; raises UnknownTypeError for a newer writer's event."""
        verdict = self.fence.judge(offset, envelope)
        if verdict is Verdict.COUNTS:
            event = rebuilt(envelope.type, envelope.data)
            key, evolve = envelope.subject, self._decider.evolve
            self._keep(key, evolve(self._state(key), event, offset, envelope.context))
            self._writing.at = max(self._writing.at, datetime.fromisoformat(envelope.time))
            if envelope.decides is not None:
                self.next_request = envelope.decides + 1
        return verdict

    def fold_batch(self, batch: Sequence[tuple[int, EventEnvelope]]) -> None:
        """Take in many records, in order: the same as each by `fold`."""
        for offset, envelope in batch:
            self.fold(offset, envelope)

    def resume(self, folding: Folding) -> None:
        """No snapshots are taken of keyed states: their partitions are folded from the beginning."""
        raise NotImplementedError

    def has_open_work(self) -> bool:
        """Nothing that an earlier owner began is lost or doubled by another that begins at once."""
        return False

    def recall(self) -> Sequence[int]:
        """States of keys are whole: nothing has to be read again."""
        return ()

    def recalled(self, records: Sequence[LogRecord]) -> None:
        """Nothing was to be recalled."""

    def lacking(self) -> Sequence[int]:
        """Nothing has to be read again."""
        return ()

    def read_again(self, records: Sequence[LogRecord], at: datetime) -> None:
        """Nothing was lacking."""

    def begin(self, at: datetime, inheritance: Inheritance) -> None:
        """Go to work: the record folded last was this owner's own valid marker."""
        self._writing.outbox.restart(self.fence.position)
        self._taken = max(self.next_request, inheritance.resumes_at)
        self._writing.set_time(at)
        for key, state in self.states.items():
            if questions := self._decider.questions(key, state):
                self.loose += questions
                self._asking.begin(key, self._writing.at, 0)
            self._deadlines.set(key, self._decider.due_at(state))
        self._deadlines.begin(self._writing.at)

    # deciding

    def _request(self, record: LogRecord) -> None:
        self._writing.cause = f"request:{record.offset}"
        try:
            self._decide(record)
        except Exception as error:  # a bug ends with the record that meets it (docs/decisions/0003-bugs.md)
            stream_id = stream_id_of(record)
            self.faults.append(Fault(stream_id, self._writing.cause, error))
            refused = RequestRefused(reason="internal_error", detail=BUG)
            self._writing.put(stream_id, refused, record.offset)
        self.next_request = record.offset + 1

    def _decide(self, record: LogRecord) -> None:
        found = requested(record, self.tenure.partition, self.tenure.partitions, self._decider.requests)
        if isinstance(found, Refusal):
            self._refuse(record, found)
            return
        envelope, request = found
        asked = Asked(record.offset, envelope.id, request, envelope.context, envelope.subject)
        events = self._decider.decide(self._state(envelope.subject), asked, self._writing.at)
        self._give(envelope.subject, asked, events)

    def _give(self, key: str, asked: Asked[Any], events: Sequence[Event]) -> None:
        """Everything that can fail comes before the first change."""
        before = after = self._state(key)
        for number, event in enumerate(events):
            after = self._decider.evolve(after, event, self._writing.outbox.sequence + number, asked.context)
        known = self._decider.questions(key, before)
        questions = self._decider.questions(key, after)
        new: list[Publish] = [question for question in questions if question not in known]
        new += [answer for event in events for answer in self._decider.answers(event, asked.context)]
        self._writing.put_all(key, events, asked.offset, asked.context, new)
        self._keep(key, after)
        self._deadlines.set(key, self._decider.due_at(after))
        if not questions:
            self._asking.end(key)
        elif questions != known:
            self._asking.begin(key, self._writing.at, self._writing.outbox.sequence)

    def ended(self, effect: Effect, outcome: Outcome, at: datetime) -> bool:
        """There are no drivers here."""
        return True

    def reported(self, device_id: str, link: int, report: LinkReport, at: datetime) -> None:
        """There are no links here."""

    def due(self, at: datetime) -> datetime | None:
        """Decide what falls due by `at`, ask again what is to be asked; when to be called next."""
        self._writing.set_time(at)
        if self._leaving:
            return None
        while (key := self._deadlines.pop(self._writing.at)) is not None:
            self._fall_due(key)
        while (key := self._asking.pop(self._writing.at)) is not None:
            if self._asking.may_ask(key, self.expected()):
                self.loose += self.questions(key)
            self._asking.go_on(key, self._writing.at)
        return min(filter(None, (self._asking.next(), self._deadlines.next())), default=None)

    def _fall_due(self, key: str) -> None:
        """The state may have moved its time since that was set."""
        state, fall_due = self._state(key), self._decider.fall_due
        when = self._decider.due_at(state)
        if fall_due is None or when is None or when > self._writing.at:
            self._deadlines.set(key, when)
            return
        event = fall_due(state)
        self._writing.cause = f"due:{event.type}"
        after = self._decider.evolve(state, event, self._writing.outbox.sequence, NO_CONTEXT)
        self._writing.put(key, event)
        self._keep(key, after)

    def questions(self, key: str) -> Sequence[Publish]:
        """What the key asks of other owners, and has no answer to yet."""
        return self._decider.questions(key, self._state(key))

    def pressed(self) -> int:
        """Nothing here is helped by outcomes."""
        return 0

    def close(self) -> None:
        """Nothing is held that would have to be given back."""

    # the inside

    def _state(self, key: str) -> S:
        return self.states.get(key, self._decider.initial)

    def _keep(self, key: str, state: S) -> None:
        if state != self._decider.initial:
            self.states[key] = state
        else:
            self.states.pop(key, None)
