"""Sealed cursors: where the next page begins, for the filters that it was made for, and nothing anybody can make up."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from projections.errors import ProjectionError

MAC_BYTES = 16
FILTER_BYTES = 8
LONGEST = 2000
BEGIN_ANEW = "leave the cursor out to begin with the first page"


class CursorInvalidError(ProjectionError):
    """A cursor is taken as it was given, with the filters that it was given for."""

    code: ClassVar[str] = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Cursors:
    """Seals and opens cursors with a key that all nodes of an installation have."""

    key: bytes

    def seal(self, listing: str, filters: Mapping[str, Any], last: Sequence[Any]) -> str:
        """A cursor that goes on behind `last`, the order key of a row, in that list with those filters."""
        payload = self._bound(listing, filters) + orjson.dumps(last)
        return _encoded(self._mac(payload) + payload)

    def open(self, listing: str, filters: Mapping[str, Any], cursor: str) -> list[Any]:
        """The order key that the list goes on behind, as JSON has it; raises CursorInvalidError."""
        if len(cursor) > LONGEST:
            raise CursorInvalidError(
                f"the cursor has {len(cursor)} characters, none has more than {LONGEST}: {BEGIN_ANEW}"
            )
        sealed = _decoded(cursor)
        mac, payload = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(payload)):
            raise CursorInvalidError(f"the cursor was changed on its way, or is another installation's: {BEGIN_ANEW}")
        if payload[:FILTER_BYTES] != self._bound(listing, filters):
            raise CursorInvalidError(f"the cursor is for another list or other filters: ask as before, or {BEGIN_ANEW}")
        last: list[Any] = orjson.loads(payload[FILTER_BYTES:])
        return last

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, b"cursor\0" + payload, "sha256")[:MAC_BYTES]

    def _bound(self, listing: str, filters: Mapping[str, Any]) -> bytes:
        """What the cursor is for. Keyed too, lest a cursor tells which of the likely filters it was made with."""
        asked = {name: value for name, value in filters.items() if value is not None}
        told = orjson.dumps([listing, asked], option=orjson.OPT_SORT_KEYS)
        return hmac.digest(self.key, b"filters\0" + told, "sha256")[:FILTER_BYTES]


def _encoded(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def _decoded(cursor: str) -> bytes:
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raise CursorInvalidError(f"this is no cursor: {BEGIN_ANEW}") from None
    if _encoded(sealed) != cursor:
        raise CursorInvalidError(f"the cursor was changed on its way: {BEGIN_ANEW}")
    return sealed
