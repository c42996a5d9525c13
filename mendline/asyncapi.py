"""The hub's protocol as AsyncAPI 3, made of its frames: what docs/hub.md tells people, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.hub.close_codes import MEANINGS, CloseCode
from schemas.hub.frames import FROM_CLIENT, FROM_HUB, Frame

PAGE = Path(__file__).parents[1] / "docs" / "asyncapi.json"
VERSION = "1"
SCHEMAS = "#/components/schemas/{model}"
DESCRIPTION = (
    "Live events over one WebSocket a user: JSON objects as text, one a message, told apart by `type`. Members that "
    "you do not know are to be passed over, and so are types: version 1 only adds. docs/hub.md tells the whole."
)


def asyncapi() -> str:
    """The description, as it is written."""
    return json.dumps(described(), indent=1, ensure_ascii=False) + "\n"


def described() -> dict[str, Any]:
    """The protocol as AsyncAPI 3.0."""
    frames = (*FROM_CLIENT, *FROM_HUB)
    _, schemas = models_json_schema([(frame, "validation") for frame in frames], ref_template=SCHEMAS)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Mendline's hub", "version": VERSION, "description": DESCRIPTION},
        "servers": {"hub": {"host": "127.0.0.1:8421", "protocol": "ws", "description": "as `mendline up` has it"}},
        "channels": {
            "connection": {
                "address": "/ws",
                "messages": {_type(frame): {"$ref": f"#/components/messages/{_type(frame)}"} for frame in frames},
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": {str(int(code)): _close(code) for code in CloseCode},
            }
        },
        "operations": {
            "hear": _operation("receive", "what clients say", FROM_CLIENT),
            "tell": _operation("send", "what the hub says", FROM_HUB),
        },
        "components": {
            "messages": {_type(frame): _message(frame) for frame in frames},
            "schemas": _told_apart(schemas["$defs"]),
        },
    }


def _told_apart(schemas: dict[str, Any]) -> dict[str, Any]:
    """A frame without its type is none, although ours need not be told theirs to be built."""
    for schema in schemas.values():
        if "const" in schema["properties"].get("type", {}):
            schema["required"] = ["type", *schema.get("required", [])]
    return schemas


def _type(frame: type[Frame]) -> str:
    return str(frame.model_fields["type"].default)


def _message(frame: type[Frame]) -> dict[str, Any]:
    return {
        "name": _type(frame),
        "summary": " ".join((frame.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": SCHEMAS.format(model=frame.__name__)},
    }


def _operation(action: str, summary: str, frames: Iterable[type[Frame]]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/connection/messages/{_type(frame)}"} for frame in frames]
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/connection"},
        "messages": messages,
    }


def _close(code: CloseCode) -> dict[str, str]:
    return {"reason": code.reason, "verdict": code.verdict, "meaning": MEANINGS[code]}
