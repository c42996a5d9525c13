"""Answers: documents as JSON, with the position that they reflect and the ETag of what they show."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response

from mendline.gateway.writing import Heard

POSITION = "Mendline-Position"
JSON = "application/json"


def answer(document: Any, status: int = 200, *, etag: str | None = None, position: str | None = None) -> Response:
    """A document; `position`: which it reflects, or to read one's own write at."""
    headers = {} if etag is None else {"ETag": etag}
    if position:
        headers[POSITION] = position
    return Response(orjson.dumps(document), status, headers, JSON)


def place(*parts: str) -> str:
    """An address of the API, each part of which may hold what parts an address."""
    return "/".join(("/api", *(quote(part, safe="") for part in parts)))


def accepted(where: str, heard: Heard, **known: Any) -> Response:
    """It is in the log and goes on, but did not end in time; `where`: the address to ask at."""
    document = {**known, "request_id": heard.wish.request_id, "position": heard.at, "status_url": where}
    return Response(orjson.dumps(document), 202, {POSITION: heard.at, "Location": where}, JSON)
