from __future__ import annotations

from typing import Any

from schemas.envelope import NO_CONTEXT, EventEnvelope
from schemas.fence import Verdict
from tests.faults.cluster.doubts import unexplained
from tests.faults.cluster.story import Harm
from tests.faults.real.log import Seen

KILLED_AT = 11.0


def _event(at: float, claim: str, type_: str, verdict: Verdict = Verdict.COUNTS, **data: Any) -> Seen:
    envelope = EventEnvelope(type_, "radio-1", "", claim, 0, None, "", data, NO_CONTEXT)
    return Seen(3, int(at), at, verdict, envelope)


def _claimed(at: float, claim: str, owner: str) -> Seen:
    return _event(at, claim, "partition_claimed", Verdict.CLAIMED, owner=owner)


ATTEMPTED = _event(10.0, "a", "send_attempted", request=7, attempt=1, message_id="m")
UNCERTAIN = _event(15.0, "b", "send_uncertain", request=7, attempt=1)
PAST = [_claimed(1.0, "a", "worker-1"), ATTEMPTED, _claimed(14.0, "b", "worker-2"), UNCERTAIN]


def _kill(who: str, at: float) -> Harm:
    return Harm(who, "kill -9", at, at + 0.1)


def test_doubt_about_a_send_whose_worker_was_killed_after_the_intent_is_explained() -> None:
    assert unexplained(PAST, [_kill("worker-1", KILLED_AT)]) == []


def test_doubt_without_any_harm_is_not_explained() -> None:
    assert unexplained(PAST, []) == [UNCERTAIN]


def test_kill_of_another_worker_explains_nothing() -> None:
    assert unexplained(PAST, [_kill("worker-2", KILLED_AT)]) == [UNCERTAIN]


def test_kill_before_the_intent_explains_nothing() -> None:
    assert unexplained(PAST, [_kill("worker-1", 5.0)]) == [UNCERTAIN]


def test_kill_after_the_doubt_explains_nothing() -> None:
    assert unexplained(PAST, [_kill("worker-1", 16.0)]) == [UNCERTAIN]


def test_doubt_that_the_outcome_ended_needs_no_explanation() -> None:
    resolved = _event(16.0, "b", "send_resolved", request=7, by="outcome")
    assert unexplained([*PAST, resolved], []) == []
