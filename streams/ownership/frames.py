"""Parts of bytes, one behind the other, each behind its length: how a state is laid out in a snapshot."""

from __future__ import annotations

from collections.abc import Iterable

LENGTH_BYTES = 8


class StateDamagedError(ValueError):
    """A saved state must be what was saved: whoever meets another folds the log instead."""


def framed(parts: Iterable[bytes]) -> bytes:
    """The parts as one."""
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(LENGTH_BYTES), part))


def unframed(whole: bytes) -> list[bytes]:
    """The parts that `framed` put together; raises StateDamagedError."""
    parts: list[bytes] = []
    at = 0
    while at < len(whole):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(whole[at:begin])
        parts.append(whole[begin:at])
    if at != len(whole):
        message = f"a part ends at {at}, behind the last of {len(whole)} bytes"
        raise StateDamagedError(message)
    return parts
