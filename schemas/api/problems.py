"""Problems as they are answered (RFC 9457)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.api.document import Document


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
