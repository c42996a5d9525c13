"""What the OpenAPI description says of answers that many routes share."""

from __future__ import annotations

from typing import Any

from mendline.gateway.problems import KINDS, MEDIA_TYPE
from schemas.api.outcomes import AcceptedDocument, OutcomeDocument

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
