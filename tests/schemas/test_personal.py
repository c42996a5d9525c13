"""What says something about a person is marked, so that it can be masked, and later encrypted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES
from schemas.fields import FieldFacts, fields_of, personal_paths
from schemas.message import Event, Request

BODY = frozenset({"body.text", "body.media.url", "body.media.filename"})
SEND = frozenset({"send.to", "send.body.text", "send.body.media.url", "send.body.media.filename"})
CLIENT = frozenset({"name", "email", "phone", "company"})
PERSONAL = {
    "send_requested": BODY | {"to"},
    "device_registration_requested": {"name"},
    "device_change_requested": {"name"},
    "device_pairing_requested": {"phone", "jid"},
    "device_registered": {"name"},
    "device_changed": {"name"},
    "device_pairing_claim_started": {"jid"},
    "device_paired": {"jid"},
    "device_pairing_started": {"phone", "jid"},
    "device_pairing_failed": {"jid"},
    "device_unpaired": {"jid"},
    "device_connected": {"jid"},
    "send_queued": SEND,
    "send_attempted": SEND,
    "message_reported": BODY | {"sender", "chat"},
    "message_received": BODY | {"sender", "chat"},
    "delivery_reported": {"by"},
    "delivery_recorded": {"by"},
    "client_creation_requested": CLIENT,
    "client_change_requested": CLIENT,
    "client_creation_started": CLIENT,
    "client_created": CLIENT,
    "client_change_started": CLIENT,
    "client_changed": CLIENT,
    "key_creation_requested": {"name"},
    "key_created": {"name"},
}
ALWAYS_PERSONAL = {"to", "sender", "text", "name", "phone", "email", "jid", "url", "filename"}
MESSAGES: tuple[type[Request | Event], ...] = (*REQUEST_CLASSES.values(), *EVENT_CLASSES.values())


def _every_field(model: type) -> Iterator[FieldFacts]:
    for field in fields_of(model):
        yield field
        for part in field.parts:
            yield from _every_field(part)


def test_exactly_these_fields_are_personal() -> None:
    found = {m.type: personal_paths(m) for m in MESSAGES}
    assert {type_: paths for type_, paths in found.items() if paths} == PERSONAL


@pytest.mark.parametrize("model", MESSAGES)
def test_no_field_whose_name_tells_of_a_person_is_left_unmarked(model: type) -> None:
    assert [f.name for f in _every_field(model) if f.name in ALWAYS_PERSONAL and not f.personal] == []
