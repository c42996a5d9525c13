"""What a key without `audit` sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas.api.clients import ClientDocument
from schemas.api.document import Document, Page
from schemas.api.masking import hidden, masked, masked_message
from schemas.api.sends import SendDocument
from schemas.api.timeline import TimelineLineDocument
from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES
from tests.schemas.samples import samples

AT = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = ("not_before", "queued_at", "attempted_at", "settled_at", "sent_at", "delivered_at", "read_at", "failed_at")
MEDIA = {"kind": "image", "url": "https://shop.example/ana.png", "filename": "ana.png"}
SEND: dict[str, Any] = {
    **dict.fromkeys((*TIMES, "campaign", "reason", "until", "resolution", "message_id")),
    **dict.fromkeys(("provider_message_id", "delivery_note")),
    **{"request_id": "r-1", "request": "device-requests/0/1", "device_id": "d-1", "to": "+62 811-22"},
    **{"body": {"text": "Dear Ana", "media": MEDIA}, "expires_at": AT, "decided_at": AT, "state": "waiting"},
    **{"attempts": 0, "repeats": 0, "position": "device-events/0/1"},
}
CLIENT: dict[str, Any] = {
    **{"id": "ana", "name": "Ana Núñez", "email": "ana@shop.example", "phone": None, "company": "", "userId": "u-7"},
    **{"state": "live", "reason": None, "created_at": AT, "last_event_at": AT, "position": "client-events/0/1"},
}
LINE: dict[str, Any] = {
    **{"time": AT, "topic": "device-requests", "partition": 0, "offset": 7, "stream_id": "d-1", "kind": "request"},
    **{"type": "send_requested", "counts": True, "cause": "shop as r-1", "actor": None, "reason": None},
    **{"decides": None, "data": {"to": "6281122", "body": {"text": "Dear Ana"}, "campaign": "spring"}},
}
PEOPLE = ("Ana", "Núñez", "ana@", "6281234567890", "Daughters", "ana.png")


def page(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": [item], "next": None}


def test_a_send_hides_to_whom_and_what() -> None:
    told = masked(SendDocument, SEND)
    body = {"text": "••• (8 characters)", "media": {"kind": "image", "url": "https://•••", "filename": "a•••"}}
    assert told == SEND | {"to": "•••22", "body": body}


def test_a_client_hides_who_it_is_and_what_is_not_known_stays_so() -> None:
    told = masked(ClientDocument, CLIENT)
    assert told == CLIENT | {"name": "A•••", "email": "a•••@•••", "phone": None, "company": ""}


def test_nothing_is_changed_in_the_document_itself() -> None:
    before = orjson.dumps(SEND)
    masked(SendDocument, SEND)
    assert orjson.dumps(SEND) == before


@pytest.mark.parametrize(
    ("model", "document"), [(SendDocument, SEND), (ClientDocument, CLIENT), (TimelineLineDocument, LINE)]
)
def test_a_masked_page_is_valid_and_names_nobody(model: type[Document], document: dict[str, Any]) -> None:
    told = orjson.dumps(masked(Page[model], page(document)))  # type: ignore[valid-type]  # a class
    Page[model].model_validate_json(told, strict=True)  # type: ignore[valid-type]
    assert [name for name in PEOPLE if name in told.decode()] == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("6281122", "•••22"),
        ("+62 (811) 2-2", "•••22"),
        ("62811@s.whatsapp.net", "•••11"),
        ("ana@shop.example", "a•••@•••"),
        ("A", "A•••"),
        ("Ana @ Shop", "A•••"),
        ("", ""),
        (None, None),
    ],
)
def test_what_is_hidden_can_be_told_apart(value: str | None, told: str | None) -> None:
    assert hidden(value) == told


@pytest.mark.parametrize("type_", [*REQUEST_CLASSES, *EVENT_CLASSES])
def test_no_message_names_anybody_and_all_else_stays(type_: str) -> None:
    data = samples()[type_]["data"]
    told = masked_message(type_, data)
    assert [name for name in PEOPLE if name in orjson.dumps(told).decode()] == []
    assert told.keys() == data.keys()


def test_what_a_message_says_that_is_not_personal_is_shown() -> None:
    told = masked(TimelineLineDocument, LINE)["data"]
    assert told == {"to": "•••22", "body": {"text": "••• (8 characters)"}, "campaign": "spring"}


@pytest.mark.parametrize(
    ("type_", "data", "told"),
    [
        ("send_requested", {"recipient": "62811", "to": ["62811"]}, {"recipient": "•••", "to": ["•••"]}),
        ("send_requested", {"campaign": {"to": "62811"}}, {"campaign": {"to": "•••"}}),
        ("send_requested", {"to": 62811, "body": "hello"}, {"to": "•••", "body": "•••"}),
        ("device_levitated", {"to": "62811", "high": True, "why": None}, {"to": "•••", "high": True, "why": None}),
    ],
)
def test_what_a_type_does_not_know_is_hidden(type_: str, data: dict[str, Any], told: dict[str, Any]) -> None:
    assert masked_message(type_, data) == told
