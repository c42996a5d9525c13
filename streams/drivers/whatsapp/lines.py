"""Messages to and from a WhatsApp host, as lines of JSON."""

from __future__ import annotations

import re
from typing import Any, get_args

import orjson

from streams.drivers.whatsapp.protocol import ToHost, ToWorker


class HostMessageError(ValueError):
    """Every line of a host must be a message of the protocol."""

    def __init__(self, line: bytes, error: Exception) -> None:
        super().__init__(f"the WhatsApp host said {line[:200]!r} ({error!r}): build it anew, `mendline whatsapp build`")


def type_of(cls: type) -> str:
    """Name a message's class as the wire does."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


TYPES: dict[type, str] = {cls: type_of(cls) for cls in (*get_args(ToHost), *get_args(ToWorker))}
"""Every message's `type`."""
TO_WORKER: dict[str, type] = {TYPES[cls]: cls for cls in get_args(ToWorker)}


def line_of(message: ToHost) -> bytes:
    """Write a message."""
    fields: dict[str, Any] = {"type": TYPES[type(message)]}
    for name in message.__dataclass_fields__:
        fields[name] = getattr(message, name)
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


def message_of(line: bytes) -> ToWorker:
    """Understand a line; raises HostMessageError."""
    try:
        fields = orjson.loads(line)
        message: ToWorker = TO_WORKER[fields.pop("type")](**fields)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise HostMessageError(line, error) from error
    return message
