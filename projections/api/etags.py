"""ETags of documents, and what they say about edits."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from projections.api.pages import Document

EDITABLE = frozenset(
    {"name", "email", "phone", "company", "userId", "driver", "credential", "pace_min_s", "pace_max_s"},
)
"""What edits change. Sends and links change a device all the time: whoever edits it need not mind."""


def etag(document: Document) -> str:
    """A strong ETag (RFC 9110) of a whole, unmasked document: what it says, then what of it can be edited."""
    edited = {name: value for name, value in document.items() if name in EDITABLE}
    return f'"{_digest(document)}.{_digest(edited)}"'


def edits_match(if_match: str, document: Document) -> bool:
    """Whether an `If-Match` holds: nobody has edited the document since one of its ETags was given out."""
    _, _, edition = etag(document).rpartition(".")
    return any(tag.strip() == "*" or tag.strip().rpartition(".")[2] == edition for tag in if_match.split(","))


def _digest(value: Any) -> str:
    return blake2b(orjson.dumps(value), digest_size=8).hexdigest()
