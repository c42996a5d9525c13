"""ETags of documents, and what they say about edits."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import orjson

from projections.api.pages import Document
from schemas.edition import OF_CLIENTS, OF_DEVICES, edition_of

EDITABLE = frozenset({*OF_CLIENTS, *OF_DEVICES})
"""What edits change. Sends and links change a device all the time: whoever edits it need not mind."""


@dataclass(frozen=True, slots=True)
class Etags:
    """Made with a key that all nodes have: without it nobody can try out of which hidden name an ETag was made."""

    key: bytes

    def of(self, document: Document) -> str:
        """A strong ETag (RFC 9110) of a whole, unmasked document: what it says, then what of it can be edited."""
        return f'"{self._digest(orjson.dumps(document))}.{self._of_edits(document)}"'

    def edits_match(self, if_match: str, document: Document) -> bool:
        """Whether an `If-Match` holds: nobody has edited the document since one of its ETags was given out."""
        now = self._of_edits(document)
        return any(
            tag.strip() == "*" or tag.strip().strip('"').rpartition(".")[2] == now for tag in if_match.split(",")
        )

    def _of_edits(self, document: Document) -> str:
        return self._digest(edition(document).encode())

    def _digest(self, said: bytes) -> str:
        return blake2b(said, digest_size=8, key=self.key).hexdigest()


def edition(document: Document) -> str:
    """What of a document can be edited, as its owner names it."""
    return edition_of({name: value for name, value in document.items() if name in EDITABLE})
