"""Parameters that many routes share."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import Header, Path, Query
from pydantic import BeforeValidator

from schemas.marks import ID_PATTERN

PathId = Annotated[
    str,
    BeforeValidator(lambda raw: unquote(raw)),
    Path(pattern=ID_PATTERN, description="an id, percent-encoded; a slash in it too"),
]
"""Routes see paths as they were sent (mendline.gateway.paths), so an encoded slash is part of an id."""
Limit = Annotated[int, Query(ge=1, description="of a page; more than 1,000 are cut to that")]
Cursor = Annotated[str | None, Query(description="`next` of the page before")]
AtLeast = Annotated[
    str | None,
    Query(description="wait until what is read holds these positions: a `Mendline-Position`, several with commas"),
]
IfMatch = Annotated[str | None, Header(description="an ETag: refused when it was edited since")]
