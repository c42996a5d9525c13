"""One document, as its reader may see it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.reading import Reader
from schemas.api.document import Document
from schemas.control.rights import Caller


def shown(reader: Reader, caller: Caller, model: type[Document], found: dict[str, Any]) -> Response:
    """What this caller may see of it, with the ETag of the whole and the position that it reflects."""
    seen = reader.document_for(caller, model, found)
    return answer(seen, etag=reader.etag(found), position=found["position"])
