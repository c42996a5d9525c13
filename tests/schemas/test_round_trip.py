"""Whatever is written is read back as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES, adapter, event_of
from schemas.envelope import Context, Position, decode_event, decode_request, encode_event, encode_request
from schemas.marks import MALFORMED
from tests.schemas.strategies import CHARACTERS, IDS, messages

AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
CONTEXTS = st.builds(Context, *[st.none() | st.text(CHARACTERS, max_size=500)] * len(Context._fields))
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("type_", EVENT_CLASSES)
@few
@given(data=st.data())
def test_every_event_survives_the_log(type_: str, data: st.DataObject) -> None:
    event, context = data.draw(messages(EVENT_CLASSES[type_])), data.draw(CONTEXTS)
    subject, decides = data.draw(IDS | st.just(MALFORMED)), data.draw(st.none() | st.integers(0, 2**63))
    position = Position("device-events", 3, data.draw(st.integers(0, 2**63)))
    value = encode_event(event, position, subject, AT.isoformat(), "0" * 16, "request:1", decides, context)
    read = decode_event(value)
    assert event_of(read.type, read.data) == event
    assert (read.subject, read.sequence, read.decides) == (subject, position.offset, decides)
    assert read.context == context


@pytest.mark.parametrize("type_", REQUEST_CLASSES)
@few
@given(data=st.data())
def test_every_request_survives_the_log(type_: str, data: st.DataObject) -> None:
    request, context = data.draw(messages(REQUEST_CLASSES[type_])), data.draw(CONTEXTS)
    value = encode_request("r-1", type_, "device-1", "shop", request, time=AT, context=context)
    read = decode_request(value)
    assert adapter(REQUEST_CLASSES[type_]).validate_json(orjson.dumps(read.data), strict=True) == request
    assert (read.id, read.subject, read.context) == ("r-1", "device-1", context)
