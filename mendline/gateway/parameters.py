"""Parameters that many routes share."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Header, Path, Query
from pydantic import AwareDatetime, BeforeValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from projections.api.level import STREAMS
from schemas.marks import ID_PATTERN

NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]*(e[+-]?[0-9]+)?\s*", re.IGNORECASE)
NO_TIME = (
    "give a time with its zone, as RFC 3339 has it: 2036-01-31T12:00:00Z, or +07:00, written %2B07:00 in an address"
)
ONE_POSITION = rf"({'|'.join(sorted(STREAMS))})/[0-9]{{1,6}}/[0-9]{{1,18}}"


def _time(given: Any, parsed: ValidatorFunctionWrapHandler) -> Any:
    """Seconds since 1970 are no time here: nobody could tell them from milliseconds."""
    if isinstance(given, str) and NUMBER.fullmatch(given):
        raise ValueError(NO_TIME)
    try:
        return parsed(given)
    except ValidationError:
        raise ValueError(NO_TIME) from None


PathId = Annotated[
    str,
    BeforeValidator(lambda raw: unquote(raw)),
    Path(
        pattern=ID_PATTERN,
        description="an id, percent-encoded; a slash in it too",
        json_schema_extra={"pattern": ID_PATTERN},  # which the validator before it hides
    ),
]
"""Routes see paths as they were sent (mendline.gateway.paths), so an encoded slash is part of an id."""
Limit = Annotated[int, Query(ge=1, description="of a page; more than 1,000 are cut to that")]
Cursor = Annotated[str | None, Query(description="`next` of the page before")]
AtLeast = Annotated[
    str | None,
    Query(
        description="wait until what is read holds these positions: a `Mendline-Position`, several with commas",
        json_schema_extra={"pattern": f"^{ONE_POSITION}(,{ONE_POSITION})*$"},
    ),
]
Time = Annotated[AwareDatetime, WrapValidator(_time)]
IfMatch = Annotated[str | None, Header(description="an ETag: refused when it was edited since")]
