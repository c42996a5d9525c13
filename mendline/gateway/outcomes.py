"""What became of a request, as it is answered: a document, or the problem that a refusal is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson

from mendline.gateway.problems import AGAIN_S, ProblemError
from mendline.gateway.writing import Heard
from schemas.fields import personal_paths
from schemas.message import Event

REFUSALS = frozenset(
    {
        "unknown_device",
        "unknown_client",
        "unknown_send",
        "device_exists",
        "request_id_reused",
        "body_too_large",
        "invalid",
        "expired",
        "not_uncertain",
        "not_waiting",
        "parked",
        "busy",
        "edited",
        "platform_device",
        "not_supported",
        "queue_full",
    }
)
"""What an owner refuses that a caller can mend, each a problem's code too; all else could only come of a bug here."""
UNTOLD = {"request", "request_id", "send", "claim", "value"}
personal_fields: Callable[[Any], frozenset[str]] = cache(personal_paths)
"""Where an event of a class says something about a person; read from its annotations once."""


def refused_as(reason: str, detail: str, position: str | None) -> ProblemError:
    """The problem that a refusal for that reason is; position: of the refusal."""
    code = reason if reason in REFUSALS else "internal_error"
    return ProblemError(code, detail, retry_after_s=AGAIN_S if reason == "busy" else None, position=position)


def outcome_of(heard: Heard) -> dict[str, Any]:
    """What was heard of a request, in the log's words."""
    told = heard.hearing.told
    return {
        "request_id": heard.wish.request_id,
        "position": heard.at,
        "outcome": told[-1].event.type if told else None,
        "events": [event_document(each.envelope.time, each.event) for each in told],
    }


def event_document(time: str, event: Event) -> dict[str, Any]:
    """An event's type, time, and what it says, but nothing about a person: who asked knows that."""
    data = orjson.loads(orjson.dumps(event))
    untold = UNTOLD | personal_fields(type(event))
    said = {name: value for name, value in data.items() if name not in untold and value is not None}
    return {"type": event.type, "time": time, **said}
