"""Marks and bounds that fields of messages share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from os import urandom
from typing import Annotated, NewType

from pydantic import AfterValidator, AwareDatetime, Field

DeviceId = NewType("DeviceId", str)
RequestId = NewType("RequestId", str)
MessageId = NewType("MessageId", str)

ID_PATTERN = r"^[A-Za-z0-9._:@+/=-]{1,128}$"
"""Ids are visible ASCII without brackets, so that they stand unquoted in keys, URLs and command lines."""
ID_CHARACTERS = "A-Z a-z 0-9 . _ : @ + / = -"
USE_ID = f"use 1 to 128 of {ID_CHARACTERS}"
"""What somebody is told who gave what is no id."""

MALFORMED = "(malformed)"
"""`stream_id` of a refusal whose record names no usable id; the brackets keep it apart from every real id."""
PARTITION = "(partition)"
"""`stream_id` of what concerns a whole partition."""

MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that says something about a person, so that it can be masked, and later encrypted."""


Id = Annotated[str, Field(pattern=ID_PATTERN)]
Text = Annotated[str, Field(max_length=500)]
Offset = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Moment = AwareDatetime
"""A time in UTC; RFC 3339 on the wire."""


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC it lies outside the years 1 to 9999") from None


GivenMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time as somebody outside gives it, of whatever zone; PostgreSQL stores none that is 16 hours or more from UTC."""
_ID = re.compile(ID_PATTERN)


def is_id(value: str) -> bool:
    """Whether the log takes it as an id."""
    return _ID.fullmatch(value) is not None


def new_id() -> str:
    """An id that nobody else will draw: 128 random bits, at half of what a UUID costs."""
    return urandom(16).hex()
