"""The stored samples: what was once written stays readable."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.catalogue import CATALOGUES, EVENT_CLASSES, REQUEST_CLASSES, adapter, event_of
from schemas.envelope import decode_event, decode_request
from schemas.fields import fields_of
from schemas.message import Event, Request
from tests.schemas.samples import FOLDER, samples

MESSAGES: tuple[type[Request | Event], ...] = (*REQUEST_CLASSES.values(), *EVENT_CLASSES.values())


def _stored(type_: str) -> Any:
    return samples()[type_]


def test_every_type_of_the_catalogue_has_a_sample() -> None:
    requests = {r.type: c.stream.name for c in reversed(CATALOGUES) for r in c.requests}
    events = {e.type: c.stream.name for c in reversed(CATALOGUES) for e in c.events}
    assert {(f.stem, f.parent.name) for f in FOLDER.glob("*/*.json")} == {*requests.items(), *events.items()}


@pytest.mark.parametrize("type_", EVENT_CLASSES)
def test_a_stored_event_is_read_and_encodes_to_the_same_data(type_: str) -> None:
    envelope = decode_event(orjson.dumps(_stored(type_)))
    event = event_of(envelope.type, envelope.data)
    assert type(event) is EVENT_CLASSES[type_]
    assert orjson.loads(orjson.dumps(event)) == _stored(type_)["data"]


def test_a_marker_of_an_older_writer_is_read() -> None:
    data = {k: v for k, v in _stored("partition_claimed")["data"].items() if k not in ("folder", "process")}
    marker = event_of("partition_claimed", data)
    assert (marker.folder, marker.process) == ("", "")  # type: ignore[attr-defined]  # a PartitionClaimed


@pytest.mark.parametrize("type_", REQUEST_CLASSES)
def test_a_stored_request_is_read_and_encodes_to_the_same_data(type_: str) -> None:
    envelope = decode_request(orjson.dumps(_stored(type_)))
    request = adapter(REQUEST_CLASSES[envelope.type]).validate_json(orjson.dumps(envelope.data), strict=True)
    assert type(request) is REQUEST_CLASSES[type_]
    assert orjson.loads(orjson.dumps(request)) == _stored(type_)["data"]


@pytest.mark.parametrize("model", MESSAGES)
def test_a_sample_shows_every_optional_field(model: type[Request | Event]) -> None:
    data = _stored(model.type)["data"]
    assert set(data) == {field.name for field in fields_of(model)}


@pytest.mark.parametrize("type_", EVENT_CLASSES)
def test_a_reader_passes_over_what_a_newer_writer_added(type_: str) -> None:
    event: Event = event_of(type_, _stored(type_)["data"] | {"added_later": [1]})
    assert event == event_of(type_, _stored(type_)["data"])


@pytest.mark.parametrize("model", MESSAGES)
def test_every_field_says_what_it_means(model: type) -> None:
    assert [field.name for field in fields_of(model) if not field.description] == []
