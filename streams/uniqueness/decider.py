"""The decider of a unique value: `decide`, `evolve`, `INITIAL`, and the answer that each event implies. Pure."""

from __future__ import annotations

from typing import assert_never

from schemas.envelope import Context
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.topics import STREAMS_BY_EVENTS
from schemas.uniqueness import UniquenessEvent, ValueRequest
from schemas.uniqueness.events import ClaimRefused, ClaimRepeated, ReleaseRepeated, ValueClaimed, ValueReleased
from schemas.uniqueness.questions import Question, UniquenessAnswered, Verdict
from schemas.uniqueness.requests import ClaimRequested, ReleaseRequested
from streams.ownership.asked import Asked
from streams.ownership.publishing import Publish
from streams.uniqueness.state import Hold, Value, hold_of

INITIAL = Value()


def decide(value: Value, asked: Asked[ValueRequest]) -> list[UniquenessEvent]:
    """The fate of a claim or a release; every copy of one gets its own."""
    request = asked.request
    if request.question.topic not in STREAMS_BY_EVENTS:
        known = ", ".join(STREAMS_BY_EVENTS)
        return [asked.refused("invalid", f"question.topic: {request.question.topic!r} is none of {known}")]
    wanted = hold_of(request.question, request.asker)
    match request:
        case ClaimRequested():
            return [_claimed(value, wanted, request)]
        case ReleaseRequested() if wanted.offset <= value.released.get(wanted.asker, -1):
            return [ReleaseRepeated(question=request.question, asker=request.asker)]
        case ReleaseRequested():
            return [ValueReleased(question=request.question, asker=request.asker)]
        case _:
            assert_never(request)


def _claimed(value: Value, wanted: Hold, request: ClaimRequested) -> UniquenessEvent:
    question, asker = request.question, request.asker
    if value.held == wanted:
        return ClaimRepeated(question=question, asker=asker)
    # A late copy of a question that is over: nobody listens for its answer, so nobody would ever release its hold.
    if wanted.offset <= value.released.get(wanted.asker, -1) or _has_older(value.held, wanted):
        return ClaimRefused(question=question, asker=asker, reason="stale")
    if value.held is None or value.held.asker == wanted.asker:
        return ValueClaimed(question=question, asker=asker)
    return ClaimRefused(question=question, asker=asker, reason="taken")


def _has_older(held: Hold | None, wanted: Hold) -> bool:
    return held is not None and held.asker == wanted.asker and held.offset > wanted.offset


def evolve(value: Value, event: UniquenessEvent) -> Value:
    """How the value stands after `event`."""
    match event:
        case ValueClaimed():
            return value._replace(held=hold_of(event.question, event.asker))
        case ValueReleased():
            given_up = hold_of(event.question, event.asker)
            held = None if value.held == given_up else value.held
            return Value(held, {**value.released, given_up.asker: given_up.offset})
        case ClaimRepeated() | ClaimRefused() | ReleaseRepeated() | RequestRefused() | RequestAlreadyDone():
            return value
        case _:
            assert_never(event)


def answer(event: UniquenessEvent, context: Context) -> Publish | None:
    """What its asker is told because of `event`."""
    match event:
        case ValueClaimed() | ClaimRepeated():
            return _answer(event.question, event.asker, "claimed", context)
        case ClaimRefused():
            return _answer(event.question, event.asker, event.reason, context)
        case ValueReleased() | ReleaseRepeated():
            return _answer(event.question, event.asker, "released", context)
        case RequestRefused() | RequestAlreadyDone():
            return None
        case _:
            assert_never(event)


def _answer(question: Question, asker: str, verdict: Verdict, context: Context) -> Publish:
    name = f"{verdict}:{question.topic}/{question.partition}/{question.offset}"
    request = UniquenessAnswered(question=question, verdict=verdict)
    return Publish(STREAMS_BY_EVENTS[question.topic], asker, name, request, context)
