"""ETags of documents, and what they say about edits."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from projections.api.pages import Document
from schemas.edition import OF_CLIENTS, OF_DEVICES, edition_of

EDITABLE = frozenset({*OF_CLIENTS, *OF_DEVICES})
"""What edits change. Sends and links change a device all the time: whoever edits it need not mind."""


def etag(document: Document) -> str:
    """A strong ETag (RFC 9110) of a whole, unmasked document: what it says, then what of it can be edited."""
    return f'"{_digest(document)}.{edition(document)}"'


def edition(document: Document) -> str:
    """What of a document can be edited."""
    return edition_of({name: value for name, value in document.items() if name in EDITABLE})


def edits_match(if_match: str, document: Document) -> bool:
    """Whether an `If-Match` holds: nobody has edited the document since one of its ETags was given out."""
    now = edition(document)
    return any(tag.strip() == "*" or tag.strip().strip('"').rpartition(".")[2] == now for tag in if_match.split(","))


def _digest(value: Any) -> str:
    return blake2b(orjson.dumps(value), digest_size=8).hexdigest()
