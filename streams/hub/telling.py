"""The frames that a group is told, as JSON: once as everybody may see it, once with what is personal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.api.masking import masked_message
from streams.hub.fan_out import Message
from streams.hub.kept import Kept


def event_message(group: str, where: str, event: Kept) -> Message | None:
    """What a group is told of an event that lies in `where`, TOPIC/PARTITION; None: its data are no JSON object."""
    try:
        data = orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(data, dict):
        return None
    full = _event_frame(group, where, event, data)
    shown = masked_message(event.type, data)
    return Message(full if shown == data else _event_frame(group, where, event, shown), full)


def _event_frame(group: str, where: str, event: Kept, data: Mapping[str, Any]) -> bytes:
    told = {"type": event.type, "subject": event.subject, "time": event.time, "data": data}
    return orjson.dumps({"type": "event", "group": group, "at": f"{where}/{event.offset}", "event": told})


def reload_message(group: str, epoch: str, after: Mapping[str, int]) -> Message:
    """What a group is told when something may be missing: load the state anew, what lies behind `after` follows."""
    frame = {"type": "joined", "group": group, "epoch": epoch, "after": after, "recovered": False}
    return _unmasked(frame)


def changes_message(
    after: Mapping[str, int], counts: Mapping[str, int], devices: Mapping[str, str], clients: Mapping[str, str]
) -> Message:
    """What the fleet is told of many events at once."""
    frame = {"type": "changes", "group": "fleet", "after": after, "counts": counts}
    return _unmasked(frame | {"devices": devices, "clients": clients})


def _unmasked(frame: Mapping[str, Any]) -> Message:
    """Of which nothing is personal."""
    content = orjson.dumps(frame)
    return Message(content, content)
