"""What the OpenAPI description says of answers that many routes share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from mendline.gateway.problems import KINDS, MEDIA_TYPE
from schemas.api.document import Document, LogPosition
from schemas.api.outcomes import OutcomeDocument

ALWAYS = (
    "malformed",
    "key_missing",
    "not_allowed",
    "no_such_place",
    "body_too_slow",
    "body_too_large",
    "invalid",
    "too_many_requests",
    "internal_error",
    "brokers_away",
)
"""What any route may answer."""


class AcceptedDocument(Document):
    """It is in the log, and goes on."""

    model_config = ConfigDict(extra="allow")
    request_id: Annotated[str, Field(description="the request's id in the log")]
    position: Annotated[LogPosition, Field(description="how far it has come")]
    status_url: Annotated[str, Field(description="where to ask what became of it")]


class FaultDocument(Document):
    """One thing that is wrong."""

    where: Annotated[str, Field(description="body, query, header or path")]
    pointer: Annotated[str, Field(description="the field: a JSON pointer in the body, else a name")]
    problem: Annotated[str, Field(description="what is wrong with it, and what to do")]


class ProblemDocument(Document):
    """RFC 9457, with a stable code."""

    model_config = ConfigDict(extra="allow")
    type: Annotated[str, Field(description="urn:mendline:problem:CODE")]
    title: Annotated[str, Field(description="the kind of problem, the same for every one with this code")]
    status: Annotated[int, Field(description="the HTTP status")]
    code: Annotated[str, Field(description="stable; docs/api.md lists them")]
    detail: Annotated[str, Field(description="what is wrong, where, and what to do")]
    errors: Annotated[list[FaultDocument] | None, Field(description="each thing that is wrong")] = None


OUTCOME: dict[int | str, dict[str, Any]] = {200: {"model": OutcomeDocument}}
ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": AcceptedDocument}}


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The problems with these codes, and those that any route may answer, by status."""
    by_status: dict[int | str, list[str]] = {}
    for code in dict.fromkeys((*codes, *ALWAYS)):
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        status: {
            "description": ", ".join(found),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status, found in by_status.items()
    }
