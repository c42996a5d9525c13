"""Events built anew from the log's own data are those that a full check would give."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.catalogue import EVENT_CLASSES, UnknownTypeError, event_of
from schemas.message import Event
from schemas.rebuilding import rebuilt
from tests.schemas.samples import samples
from tests.schemas.strategies import messages

EVENTS = sorted(EVENT_CLASSES)


def _data(type_: str) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(orjson.dumps(samples()[type_]["data"]))
    return data


@pytest.mark.parametrize("type_", EVENTS)
def test_every_stored_event_is_built_as_a_check_builds_it(type_: str) -> None:
    built = rebuilt(type_, _data(type_))
    assert built == event_of(type_, _data(type_))
    assert type(built) is EVENT_CLASSES[type_]
    assert hash(built) == hash(event_of(type_, _data(type_)))


@settings(max_examples=100, deadline=None)
@given(event=st.sampled_from(EVENTS).flatmap(lambda type_: messages(EVENT_CLASSES[type_])))
def test_whatever_is_written_is_built_anew(event: Event) -> None:
    written = orjson.dumps(event)
    built = rebuilt(event.type, orjson.loads(written))
    assert built == event_of(event.type, orjson.loads(written))
    assert orjson.dumps(built) == orjson.dumps(event_of(event.type, orjson.loads(written)))


def test_what_a_newer_writer_added_is_passed_over() -> None:
    data = _data("send_accepted") | {"colour": "green"}
    assert rebuilt("send_accepted", data) == event_of("send_accepted", _data("send_accepted"))


def test_what_an_older_writer_did_not_know_has_its_default() -> None:
    data = _data("device_disconnected")
    del data["retry_at"]
    built: Any = rebuilt("device_disconnected", data)
    assert built.retry_at is None


def test_a_part_of_another_shape_is_left_to_the_check() -> None:
    data = _data("send_queued")
    data["send"]["colour"] = "green"
    assert rebuilt("send_queued", data) == event_of("send_queued", _data("send_queued"))


def test_what_lacks_a_field_is_no_event() -> None:
    with pytest.raises(ValidationError):
        rebuilt("send_accepted", {})


def test_an_unknown_type_is_told_by_name() -> None:
    with pytest.raises(UnknownTypeError, match="device_upgraded"):
        rebuilt("device_upgraded", {})
