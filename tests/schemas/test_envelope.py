"""The envelope: what is a record of ours, and what is told to whoever wrote another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas.envelope import (
    NO_CONTEXT,
    Context,
    Position,
    UndecodableError,
    decode_event,
    decode_request,
    encode_event,
    encode_request,
    request_encoder,
)
from schemas.message import PartitionReleased
from tests.schemas.samples import samples

HEADERS = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"order-1138"),
    ("ce_type", b"refresh_requested"),
    ("ce_source", b"shop"),
    ("ce_subject", b"device-17"),
    ("ce_actor", b"user:ana"),
    ("content-type", b"application/json"),
]


def _request(**changes: Any) -> bytes:
    return orjson.dumps(samples()["refresh_requested"] | changes)


def _event(**changes: Any) -> bytes:
    return orjson.dumps(samples()["send_accepted"] | changes)


def test_a_structured_request_is_read_with_its_context() -> None:
    read = decode_request(_request())
    assert (read.id, read.type, read.subject, read.source) == (
        "asked-17",
        "refresh_requested",
        "device-17",
        "shop",
    )
    assert read.context.actor == "user:ana"


def test_a_binary_request_is_read_from_its_headers() -> None:
    read = decode_request(b'{"a":1}', HEADERS)
    assert (read.id, read.subject, read.data, read.context) == (
        "order-1138",
        "device-17",
        {"a": 1},
        Context(actor="user:ana"),
    )


def test_headers_do_not_override_a_structured_request() -> None:
    assert decode_request(_request(), HEADERS).id == "asked-17"


def test_attributes_that_we_do_not_know_are_passed_over() -> None:
    assert decode_request(_request(datacontenttype="application/json", extra=1)).id == "asked-17"


def test_a_context_of_any_length_is_cut_to_what_events_hold() -> None:
    assert decode_request(_request(reason="x" * 10_000)).context.reason == "x" * 500


def test_a_context_that_is_no_text_is_left_out() -> None:
    assert decode_request(_request(actor=5)).context.actor is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "has no value"),
        (b"", "is no JSON"),
        (b"\xff\xfe\x00", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[1]", "is no JSON object"),
        (b'"text"', "is no JSON object"),
        (b"{}", '"specversion" must be "1.0"'),
        (_request(specversion="0.3"), '"specversion" must be "1.0"'),
        (_request(id=""), '"id" must be a non-empty string'),
        (_request(id=17), '"id" must be a non-empty string'),
        (_request(type=None), '"type" must be a non-empty string'),
        (_request(subject=["d"]), '"subject" must be a non-empty string'),
        (_request(source=0), '"source" must be a non-empty string'),
        (_request(data=None), '"data" must be a JSON object'),
        (_request(data="{}"), '"data" must be a JSON object'),
    ],
)
def test_whoever_published_something_else_is_told_what_is_wrong(value: bytes | None, told: str) -> None:
    with pytest.raises(UndecodableError, match=told):
        decode_request(value)


@pytest.mark.parametrize("value", [b"[]", b"5", b"\xff", None])
def test_a_binary_request_needs_an_object_too(value: bytes | None) -> None:
    with pytest.raises(UndecodableError):
        decode_request(value, HEADERS)


def test_a_header_without_a_value_is_an_empty_attribute() -> None:
    nothing: Any = None
    with pytest.raises(UndecodableError, match='"subject" must be a non-empty string'):
        decode_request(b"{}", [*HEADERS, ("ce_subject", nothing)])


def test_headers_of_another_kind_do_not_make_a_request() -> None:
    with pytest.raises(UndecodableError, match='"specversion"'):
        decode_request(b"{}", [("trace", b"1")])


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b"5",
        b"{}",
        _event(type=7),
        _event(type=["a"]),
        _event(subject=None),
        _event(claim=None),
        _event(sequence="first"),
        _event(sequence=None),
        _event(decides="none"),
        _event(data=None),
        _event(data=[1]),
    ],
)
def test_what_is_no_event_is_undecodable_and_nothing_worse(value: bytes | None) -> None:
    with pytest.raises(UndecodableError, match="not an event of Mendline"):
        decode_event(value)


def test_an_event_without_its_sequence_can_never_count() -> None:
    envelope = {k: v for k, v in samples()["send_accepted"].items() if k != "sequence"}
    assert decode_event(orjson.dumps(envelope)).sequence == -1


def test_numbers_of_64_bits_travel_as_strings() -> None:
    position = Position("device-events", 3, 2**63)
    raw = orjson.loads(encode_event(PartitionReleased(), position, "d", "T", "0" * 16, "event:1", 2**62, NO_CONTEXT))
    assert (raw["id"], raw["sequence"], raw["decides"]) == (
        f"device-events/3/{2**63}",
        str(2**63),
        str(2**62),
    )


def test_an_event_that_decides_nothing_says_nothing_of_it() -> None:
    value = encode_event(PartitionReleased(), Position("t", 0, 1), "d", "T", "0" * 16, "event:1", None, NO_CONTEXT)
    assert b"decides" not in value
    assert decode_event(value).decides is None


def test_a_request_may_be_given_as_a_dictionary() -> None:
    value = encode_request("r", "refresh_requested", "d", "shop", {}, time=datetime.now(UTC))
    assert decode_request(value).data == {}


@pytest.mark.parametrize("context", [NO_CONTEXT, Context(actor='key:"x"', traceparent="00-1-2-00")])
def test_requests_that_share_a_type_are_encoded_as_each_would_be(context: Context) -> None:
    at, data = datetime(2026, 1, 1, tzinfo=UTC), {"to": "+62", "body": {"text": 'a "quoted" word'}}
    alone = encode_request("order-1", "send_requested", "shop/7", "gateway", data, time=at, context=context)
    together = request_encoder("send_requested", "gateway", time=at, context=context)("order-1", "shop/7", data)
    assert orjson.loads(together) == orjson.loads(alone)
    assert decode_request(together) == decode_request(alone)
