"""A value is held by one question at a time, and a question that was given up never holds it again."""

from __future__ import annotations

import pytest

from schemas.envelope import NO_CONTEXT, Context
from schemas.message import RequestRefused
from schemas.topics import CLIENT, DEVICE
from schemas.uniqueness import UniquenessEvent, ValueRequest
from schemas.uniqueness.events import ClaimRefused, ClaimRepeated, ReleaseRepeated, ValueClaimed, ValueReleased
from schemas.uniqueness.questions import Question, UniquenessAnswered
from schemas.uniqueness.requests import ClaimRequested, ReleaseRequested
from streams.ownership.asked import Asked
from streams.uniqueness.decider import INITIAL, answer, decide, evolve
from streams.uniqueness.state import Value


def _question(offset: int, topic: str = CLIENT.events, partition: int = 0) -> Question:
    return Question(topic=topic, partition=partition, offset=offset)


def claim(offset: int, asker: str = "ana") -> ClaimRequested:
    return ClaimRequested(question=_question(offset), asker=asker)


def release(offset: int, asker: str = "ana") -> ReleaseRequested:
    return ReleaseRequested(question=_question(offset), asker=asker)


def after(*requests: ValueRequest) -> Value:
    """The value, once these were decided."""
    value = INITIAL
    for request in requests:
        for event in decide(value, Asked(0, "asked", request)):
            value = evolve(value, event)
    return value


def decided(request: ValueRequest, *before: ValueRequest) -> UniquenessEvent:
    (event,) = decide(after(*before), Asked(0, "asked", request))
    return event


def test_a_free_value_is_claimed() -> None:
    assert decided(claim(5)) == ValueClaimed(question=_question(5), asker="ana")


def test_a_claim_asked_again_is_answered_again() -> None:
    assert decided(claim(5), claim(5)) == ClaimRepeated(question=_question(5), asker="ana")


def test_a_value_that_another_holds_is_taken() -> None:
    refused = ClaimRefused(question=_question(6), asker="budi", reason="taken")
    assert decided(claim(6, "budi"), claim(5)) == refused


def test_one_key_in_two_topics_is_two_askers() -> None:
    elsewhere = ClaimRequested(question=_question(5, DEVICE.events), asker="ana")
    assert decided(elsewhere, claim(5)).type == "claim_refused"


def test_a_released_value_is_free() -> None:
    assert decided(release(5), claim(5)) == ValueReleased(question=_question(5), asker="ana")
    assert decided(claim(6, "budi"), claim(5), release(5)).type == "value_claimed"


def test_a_release_asked_again_is_answered_again() -> None:
    repeated = ReleaseRepeated(question=_question(5), asker="ana")
    assert decided(release(5), claim(5), release(5)) == repeated
    assert after(claim(5), release(5), claim(6, "budi"), release(5)).held == after(claim(6, "budi")).held


def test_a_late_copy_of_a_released_claim_is_stale() -> None:
    stale = ClaimRefused(question=_question(5), asker="ana", reason="stale")
    assert decided(claim(5), release(5)) == stale
    assert decided(claim(4), release(5)).type == "claim_refused"


def test_the_release_of_a_refused_claim_leaves_the_holder() -> None:
    assert after(claim(5), claim(6, "budi"), release(6, "budi")).held == after(claim(5)).held


def test_one_askers_release_makes_nobody_elses_claim_stale() -> None:
    assert decided(claim(5, "budi"), release(9)).type == "value_claimed"


def test_a_later_question_of_the_holder_takes_the_value_over() -> None:
    assert decided(claim(7), claim(5)) == ValueClaimed(question=_question(7), asker="ana")
    assert after(claim(5), claim(7), release(5)).held == after(claim(7)).held


def test_an_earlier_question_of_the_holder_is_stale() -> None:
    assert decided(claim(5), claim(7)) == ClaimRefused(question=_question(5), asker="ana", reason="stale")


@pytest.mark.parametrize("topic", ["orders", "client-requests", "pre.client-events"])
def test_a_question_from_nowhere_is_refused(topic: str) -> None:
    event = decided(ClaimRequested(question=_question(5, topic), asker="ana"))
    assert isinstance(event, RequestRefused)
    assert event.reason == "invalid"
    assert topic in event.detail


@pytest.mark.parametrize(
    ("request_", "before", "verdict"),
    [
        (claim(5), (), "claimed"),
        (claim(5), (claim(5),), "claimed"),
        (claim(6, "budi"), (claim(5),), "taken"),
        (claim(5), (release(5),), "stale"),
        (release(5), (), "released"),
        (release(5), (release(5),), "released"),
    ],
)
def test_every_verdict_is_told_to_the_asker(request_: ValueRequest, before: tuple[ValueRequest], verdict: str) -> None:
    context = Context(actor="user:ana")
    told = answer(decided(request_, *before), context)
    assert told is not None
    assert (told.stream, told.key, told.context) == (CLIENT, request_.asker, context)
    assert told.request == UniquenessAnswered(question=request_.question, verdict=verdict)  # type: ignore[arg-type]


def test_a_refused_request_is_answered_to_nobody() -> None:
    assert answer(decided(ClaimRequested(question=_question(5, "orders"), asker="ana")), NO_CONTEXT) is None


def test_what_changes_nothing_leaves_the_value_as_it_is() -> None:
    value = after(claim(5))
    refusal = decided(ClaimRequested(question=_question(5, "orders"), asker="ana"))
    assert evolve(value, refusal) == evolve(value, decided(claim(5), claim(5))) == value
