"""The check of requests: the short one by hand agrees with pydantic's, and what is refused is told why."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.catalogue import DEVICE_CATALOGUE, REQUEST_CLASSES, adapter
from schemas.device.body import Body, Media
from schemas.device.check import InvalidRequestError, check_send, parse_request
from schemas.device.requests import SendRequested
from schemas.marks import MAX_BODY_BYTES
from schemas.message import Request
from tests.schemas.samples import samples
from tests.schemas.strategies import CHARACTERS, JSON, messages

TEXTS = st.text(CHARACTERS, max_size=250) | st.sampled_from(["", "a\n", "\x7f", "+6281", "a b", "x" * 201])
ALMOST_BODIES = st.fixed_dictionaries({}, optional={"text": TEXTS | JSON, "media": st.none() | JSON, "txet": JSON})
ALMOST_SENDS = st.fixed_dictionaries(
    {},
    optional={
        "to": TEXTS | JSON,
        "body": ALMOST_BODIES | JSON,
        "campaign": st.none() | TEXTS | st.from_regex(r"[a-z.]{1,5}\n?", fullmatch=True) | JSON,
        "not_before": st.none() | st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01", "", 5, 0, False]),
        "expires_at": st.none() | JSON,
        "too": JSON,
    },
)
VALID_SENDS = messages(SendRequested).map(lambda send: orjson.loads(orjson.dumps(send)))
SIMPLE = {"to": "+6281", "body": {"text": "hello"}}


def _by_pydantic(data: dict[str, Any]) -> SendRequested | None:
    try:
        sent: SendRequested = adapter(SendRequested).validate_json(orjson.dumps(data), strict=True)
    except ValidationError:
        return None
    return sent


@settings(max_examples=300, deadline=None)
@given(data=ALMOST_SENDS | VALID_SENDS)
@example(data={**SIMPLE, "not_before": False})
@example(data={**SIMPLE, "not_before": 0})
@example(data={**SIMPLE, "expires_at": ""})
@example(data={**SIMPLE, "campaign": "a\n"})
@example(data={**SIMPLE, "to": "x" * 201})
@example(data={**SIMPLE, "to": "a\x7f"})
@example(data={"to": "a", "body": {"text": "x", "media": {}}})
@example(data={"to": "a", "body": {"text": "x", "more": None}})
@example(data={**SIMPLE, "campaign": ""})
@example(data={**SIMPLE, "type": "send_requested"})
def test_the_check_by_hand_never_says_other_than_pydantic(data: dict[str, Any]) -> None:
    checked = check_send(data)
    assert checked is None or checked == _by_pydantic(data)


@pytest.mark.parametrize(
    "data",
    [
        SIMPLE,
        {**SIMPLE, "campaign": "spring-2026"},
        {"to": "Budi Ümlaut", "body": {"text": "two\nlines", "media": None}},
        orjson.loads(orjson.dumps(SendRequested(to="+6281", body=Body(text="all fields, most null")))),
    ],
)
def test_plain_sends_are_checked_by_hand(data: dict[str, Any]) -> None:
    assert check_send(data) == _by_pydantic(data) is not None


@pytest.mark.parametrize("type_", REQUEST_CLASSES)
def test_every_stored_request_is_accepted(type_: str) -> None:
    data = samples()[type_]["data"]
    assert orjson.loads(orjson.dumps(parse_request(type_, data))) == data


@settings(max_examples=100, deadline=None)
@given(type_=st.sampled_from(sorted(REQUEST_CLASSES)), data=st.dictionaries(st.text(CHARACTERS), JSON, max_size=4))
def test_whatever_is_asked_is_a_request_or_is_refused(type_: str, data: dict[str, Any]) -> None:
    assert isinstance(_parsed_or_refused(type_, data), (Request, InvalidRequestError))


def _parsed_or_refused(type_: str, data: dict[str, Any]) -> Request | InvalidRequestError:
    try:
        return parse_request(type_, data)
    except InvalidRequestError as refusal:
        return refusal


def _nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels):
        data = {"a": data}
    return data


@pytest.mark.parametrize(
    ("type_", "data", "told"),
    [
        ("send_requested", {"body": {"text": "x"}}, '"to" is missing'),
        ("send_requested", {**SIMPLE, "campain": "a"}, '"campain" is no field of it'),
        ("send_requested", {**SIMPLE, "to": 5}, '"to" should be a valid string'),
        ("send_requested", {**SIMPLE, "body": "hello"}, '"body" should be an object'),
        ("send_requested", {**SIMPLE, "body": {}}, '"body" is empty'),
        ("send_requested", {**SIMPLE, "to": "a" * 10_240}, '"to" should have at most 200 characters'),
        ("send_requested", {**SIMPLE, "expires_at": "2026-01-01T00:00:00"}, "timezone"),
        ("send_requested", {**SIMPLE, "body": {"text": "x", "media": {"kind": "gif"}}}, '"body.media.kind"'),
        ("send_requested", {**SIMPLE, "body": _nested(300)}, "nested too deeply"),
        ("send_requested", {**SIMPLE, "more": _nested(300)}, "nested too deeply"),
        ("send_requested", {"a": 1, "b": 1, "c": 1}, "and 2 more"),
        ("send_requested", {**SIMPLE, "x" * 10_240: 1}, "x…"),
        ("send_cancellation_requested", {}, "exactly one of the two"),
        ("send_cancellation_requested", {"request_id": "a", "campaign": "b"}, "exactly one of the two"),
        ("send_resolution_requested", {"request_id": "a b", "resolution": "sent"}, '"request_id"'),
        ("device_registration_requested", {"driver": "s", "pace_min_s": 2}, '"pace_min_s" is more'),
        ("device_registration_requested", {"driver": "s", "pace_min_s": "2"}, "should be a valid number"),
        ("device_registration_requested", {"driver": "s", "pace_max_s": 3601}, "less than or equal to 3600"),
        ("device_pairing_requested", {"method": "code"}, '"phone" is missing'),
        ("device_pairing_requested", {"method": "code", "phone": "abc"}, '"phone" is no number'),
        ("device_pairing_requested", {"method": "import"}, '"jid": to be given for method import'),
        ("device_pairing_requested", {"jid": "6281:1@s.whatsapp.net"}, '"jid": to be given for method import'),
        ("delivery_reported", {"status": "read"}, "at least one of the two"),
        ("message_reported", {"provider_message_id": "p", "sender": "s", "body": {}}, "give a text, media"),
        ("client_creation_requested", {"email": "ana"}, '"email" should match pattern'),
        ("client_change_requested", {"email": "a@b@c"}, '"email" should match pattern'),
        ("client_change_requested", {"user_id": "a b"}, '"user_id" should match pattern'),
        ("client_creation_requested", {"user_id": ""}, '"user_id" should match pattern'),
        ("outcome_reported", {"outcome": {"kind": "lost"}}, "should have a kind of 'accepted'"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_wrong(type_: str, data: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_request(type_, data)
    assert refused.value.reason == "invalid"
    assert told in refused.value.detail
    assert f"docs/messages.md lists the fields of {type_}" in refused.value.detail


POINTERS = [
    ({**SIMPLE, "to": ""}, "/to"),
    ({**SIMPLE, "a/b~": 1}, "/a~1b~0"),
    ({"to": "+62", "body": {"media": {"kind": "image", "url": "x"}}}, "/body/media/url"),
    ({"to": "+62", "body": {"text": "x" * MAX_BODY_BYTES}}, "/body"),
    ({"to": "+62", "body": {}}, ""),
]


@pytest.mark.parametrize(("data", "pointer"), POINTERS)
def test_a_refusal_points_to_the_field(data: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_request(SendRequested.type, data)
    assert refused.value.pointer == pointer


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="no request is called") as refused:
        parse_request("send\x00requested" + "x" * 10_240, {})
    assert refused.value.reason == "unknown_type"
    assert "\x00" not in refused.value.detail
    assert len(refused.value.detail) < 300


def test_a_request_of_another_stream_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="belongs in another topic") as refused:
        parse_request("client_removal_requested", {}, DEVICE_CATALOGUE.request_classes())
    assert refused.value.reason == "unknown_type"


def _body_of(size: int) -> dict[str, Any]:
    return {"text": "x" * (size - len('{"text":""}'))}


def test_the_largest_body_is_taken() -> None:
    request = parse_request("send_requested", {"to": "a", "body": _body_of(MAX_BODY_BYTES)})
    assert isinstance(request, SendRequested)


@pytest.mark.parametrize("body", [_body_of(MAX_BODY_BYTES + 1), {"text": "\x01" * 11_000}, "x" * 70_000])
def test_a_body_that_is_longer_as_json_is_refused(body: Any) -> None:
    with pytest.raises(InvalidRequestError, match="at most 65536 may enter the log") as refused:
        parse_request("send_requested", {"to": "a", "body": body})
    assert refused.value.reason == "body_too_large"


@pytest.mark.parametrize("text", ["\x01" * 10_000, '"' * 10_000, "\N{PILE OF POO}" * 10_000])
def test_no_text_that_is_checked_by_hand_is_too_large(text: str) -> None:
    assert check_send({"to": "a", "body": {"text": text}}) is not None
    assert len(orjson.dumps({"text": text})) <= MAX_BODY_BYTES


def test_a_medium_is_taken() -> None:
    media = {"kind": "image", "url": "https://files.example/a.jpg"}
    request = parse_request("send_requested", {"to": "a", "body": {"media": media}})
    assert request == SendRequested(to="a", body=Body(media=Media(kind="image", url="https://files.example/a.jpg")))


@settings(max_examples=50, deadline=None)
@given(data=ALMOST_SENDS)
def test_a_refusal_never_repeats_what_somebody_wrote(data: dict[str, Any]) -> None:
    secret = "secret-of-a-person"
    said = _parsed_or_refused(
        "send_requested", {**data, "to": {secret: secret}, "body": [secret], "campaign": [secret]}
    )
    assert isinstance(said, InvalidRequestError)
    assert secret not in said.detail
