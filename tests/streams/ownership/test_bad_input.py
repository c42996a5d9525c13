"""Whatever lies in the requests topic gets its fate, and nothing stops the partition."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.device.requests import DeviceRegistrationRequested
from schemas.envelope import EventEnvelope, decode_event
from tests.streams.ownership.stage import Stage, raw_request

HEADERS = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"r"),
    ("ce_type", b"send_requested"),
    ("ce_source", b"test"),
    ("ce_subject", b"d1"),
]
LONG = "x" * 10_240


def fate(key: bytes | None, value: bytes | None, headers: Any = (), partitions: int = 1) -> tuple[EventEnvelope, Stage]:
    """What a record comes to."""
    on = Stage(partitions=partitions)
    on.publish(key, value, headers)
    on.append()
    (event,) = on.told()
    assert event.decides == 0
    assert on.owner.next_request == 1
    return event, on


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "no value"),
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "specversion"),
        (raw_request(id=""), '"id"'),
        (raw_request(type=7), '"type"'),
        (raw_request(data=[]), '"data"'),
    ],
)
def test_what_is_no_cloud_event_is_refused_and_kept_as_a_dead_letter(value: bytes | None, words: str) -> None:
    event, on = fate(b"d1", value)
    assert (event.type, event.subject, event.data["reason"]) == ("request_refused", "(malformed)", "undecodable")
    assert words in event.data["detail"]
    assert [(letter.reason, letter.record.offset) for letter in on.letters] == [(event.data["detail"], 0)]


@pytest.mark.parametrize(
    ("key", "value", "subject", "reason"),
    [
        (b"d2", raw_request(), "d1", "wrong_key"),
        (None, raw_request(), "d1", "wrong_key"),
        (b"\xff" * 10_240, raw_request(), "d1", "wrong_key"),
        (b"d 1", raw_request(subject="d 1"), "(malformed)", "invalid"),
        (LONG.encode(), raw_request(subject=LONG), "(malformed)", "invalid"),
        ("dé".encode(), raw_request(subject="dé"), "(malformed)", "invalid"),
        (b"d1\n", raw_request(subject="d1\n"), "(malformed)", "invalid"),
        (b"d1", raw_request(id=LONG), "d1", "invalid"),
        (b"d1", raw_request(id="a\x00b"), "d1", "invalid"),
        (b"d1", raw_request(id='a"b'), "d1", "invalid"),
        (b"d1", raw_request(type=LONG), "d1", "unknown_type"),
        (b"d1", raw_request(type='x","claim":"'), "d1", "unknown_type"),
        (b"d1", raw_request(type="device_connected"), "d1", "unknown_type"),
        (b"d1", raw_request(data={}), "d1", "invalid"),
        (b"d1", raw_request(data={"to": "a\x00", "body": {"text": "hi"}}), "d1", "invalid"),
        (b"d1", raw_request(data={"to": "a", "body": {"text": "x" * 70_000}}), "d1", "body_too_large"),
        (b"d1", raw_request(), "d1", "unknown_device"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_under_its_own_name(
    key: bytes | None, value: bytes, subject: str, reason: str
) -> None:
    event, on = fate(key, value)
    assert (event.type, event.subject, event.data["reason"]) == ("request_refused", subject, reason)
    assert len(on.events[1].value) < 5_000
    assert on.letters == []


def test_a_record_in_the_wrong_partition_names_its_own_and_the_setting() -> None:
    event, _ = fate(b"d1", raw_request(), partitions=8)
    assert event.data["reason"] == "wrong_partition"
    assert "belongs to partition 1 of 8, not 0" in event.data["detail"]
    assert "murmur2" in event.data["detail"]


def test_a_request_may_come_in_binary_mode() -> None:
    on = Stage()
    on.ask("d1", DeviceRegistrationRequested(driver="platform"))
    on.publish(b"d1", orjson.dumps({"to": "ana", "body": {"text": "hi"}}), HEADERS)
    on.append()
    assert on.types("d1")[-1] == "send_attempted"


@pytest.mark.parametrize(
    "headers", [[("ce_id", None)], [("ce_specversion", b"\xff")], [("", b"")], [*HEADERS, ("ce_subject", b"")]]
)
def test_headers_that_make_no_sense_make_no_request(headers: Any) -> None:
    event, _ = fate(b"d1", b"{}", headers)
    assert event.data["reason"] == "undecodable"


def test_the_same_request_id_on_another_device_is_another_send() -> None:
    on = Stage()
    for device_id in ("d1", "d2"):
        on.ask(device_id, DeviceRegistrationRequested(driver="platform"))
        on.publish(device_id.encode(), raw_request(subject=device_id))
    on.append()
    assert on.types().count("send_attempted") == 2


texts = st.text(max_size=20) | st.sampled_from(["d1", "1.0", "send_requested", "refresh_requested", "x" * 600])
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(2**70), 2**70) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
almost = st.fixed_dictionaries(
    {"specversion": st.just("1.0"), "id": texts, "type": texts, "source": texts, "subject": texts, "data": values},
    optional={"actor": values, "reason": values, "traceparent": values, "time": values, "extra": values},
)
headers = st.lists(
    st.tuples(st.text(max_size=5) | st.sampled_from([k for k, _ in HEADERS]), st.none() | st.binary(max_size=9)),
    max_size=6,
)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):
        return repr(value).encode()


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    key=st.none() | st.binary(max_size=20) | texts.map(lambda t: t.encode("utf-8", "replace")),
    value=st.none() | st.binary(max_size=60) | (almost | values).map(_json),
    headers=headers,
)
def test_no_record_whatever_stops_the_partition(key: bytes | None, value: bytes | None, headers: Any) -> None:
    event, on = fate(key, value, headers)
    assert on.folded().next_request == 1
    assert decode_event(on.events[1].value) == event
