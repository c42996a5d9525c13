"""W3C's `traceparent` (Trace Context, level 1): which trace a request belongs to, and whose part caused it."""

from __future__ import annotations

import re
from typing import NamedTuple

VALID = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
SAMPLED = 1


class Traceparent(NamedTuple):
    """The ids in hex digits. sampled: whether whoever began the trace keeps it."""

    trace_id: str
    span_id: str
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def parsed(text: str) -> Traceparent | None:
    """What a producer gave; None where it is no `traceparent`."""
    found = VALID.fullmatch(text)
    if found is None or (found[1] == "00" and len(text) > 55):
        return None
    return Traceparent(found[2], found[3], bool(int(found[4], 16) & SAMPLED))
