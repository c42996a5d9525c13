from __future__ import annotations

from mendline.telemetry.spans import EventSpans, Span
from projections.checkpoints import Standing
from projections.decoding import validators
from projections.tail import Tail
from schemas.device.sends import SendRejected, SendReturned
from schemas.envelope import NO_CONTEXT, Context
from schemas.message import Event, RequestRefused
from schemas.topics import DEVICE, Topics
from tests.projections.events import accepted, attempted, of, queued, send
from tests.projections.written_log import at, claimed

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACED = Context(traceparent=f"00-{TRACE}-{PARENT}-01")
REJECTED = of(7, SendRejected, attempt=1, reason="no such number")
RETURNED = of(7, SendReturned, attempt=1, reason="not_started")


def spans(*events: Event, context: Context = TRACED, decides: int = 7) -> list[Span]:
    """Those of a request's events, of which the first is its fate."""
    log = claimed()
    for number, event in enumerate(events):
        log.add("d-1", event, context=context, decides=None if number else decides)
    told = Tail(0, Standing(), validators()).take(log.records).records
    return list(EventSpans(Topics("x-")).of(DEVICE, told))


def test_a_send_is_one_trace_of_its_decision_its_attempts_and_its_end() -> None:
    told = spans(queued(7), attempted(7), RETURNED, attempted(7, 2), accepted(7, 2))
    names = ["process x-device-requests", "send device", "send device", "settle x-device-requests"]
    assert [span.name for span in told] == names
    assert {span.trace_id for span in told} == {TRACE}
    assert [span.parent_id for span in told] == [PARENT, *[told[0].span_id] * 3]
    assert len({span.span_id for span in told}) == 4


def test_an_attempt_lasts_from_its_intent_to_its_outcome() -> None:
    _, attempt, _ = spans(attempted(7, send=send()), accepted(7))
    assert (attempt.begin, attempt.end) == (at(1), at(2))


def test_a_send_that_was_not_taken_is_told_as_failed() -> None:
    decided, attempt, settled = spans(attempted(7, send=send()), REJECTED)
    assert (decided.failed, attempt.failed, settled.failed) == (False, True, True)


def test_a_refusal_is_a_decision_too() -> None:
    (decided,) = spans(RequestRefused(reason="busy", detail="x"))
    assert decided.attributes["mendline.event.type"] == "request_refused"


def test_spans_tell_ids_and_nothing_of_persons() -> None:
    told = spans(attempted(7, send=send("meet me")), accepted(7))
    assert told[0].attributes["messaging.message.id"] == "r-7"
    assert told[0].attributes["messaging.kafka.message.key"] == "d-1"
    assert "62811" not in str(told)
    assert "meet me" not in str(told)


def test_the_same_events_make_the_same_spans() -> None:
    events = (attempted(7, send=send()), accepted(7))
    assert spans(*events) == spans(*events)


def test_requests_without_a_trace_that_is_kept_make_no_spans() -> None:
    events = (attempted(7, send=send()), accepted(7))
    contexts = [NO_CONTEXT, Context(traceparent=f"00-{TRACE}-{PARENT}-00"), Context(traceparent="00-none-01")]
    assert [spans(*events, context=context) for context in contexts] == [[], [], []]
