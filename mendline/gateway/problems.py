"""What a caller is told when something is wrong: RFC 9457 problems with a stable code, each with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from mendline.gateway.answers import POSITION

MEDIA_TYPE = "application/problem+json"
URN = "urn:mendline:problem:"
AGAIN_S = 1
"""When to ask again, where nobody knows better."""
TEMPORARY = frozenset({429, 503})
"""Statuses that always say when to ask again."""


class Kind(NamedTuple):
    """The status and the title of all problems with one code."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(400, "The request cannot be read"),
    "cursor_invalid": Kind(400, "The cursor is not of this list"),
    "position_invalid": Kind(400, "This is no position"),
    "key_missing": Kind(401, "An API key is needed"),
    "key_invalid": Kind(401, "The API key is unknown or revoked"),
    "not_allowed": Kind(403, "The API key does not have the right"),
    "report_refused": Kind(403, "The delivery report is not genuine"),
    "no_such_place": Kind(404, "There is nothing at this address"),
    "unknown_device": Kind(404, "No device has this id"),
    "unknown_client": Kind(404, "No client has this id"),
    "unknown_user": Kind(404, "This user was never connected"),
    "not_pairing": Kind(404, "There is nothing to show to a phone"),
    "unknown_send": Kind(404, "No send has this id"),
    "unknown_campaign": Kind(404, "No campaign has this name"),
    "method_not_allowed": Kind(405, "This address takes other methods"),
    "body_too_slow": Kind(408, "The body did not come in time"),
    "ambiguous_send": Kind(409, "Several devices have a send of this id"),
    "email_taken": Kind(409, "Another client has this email"),
    "device_exists": Kind(409, "A device of this id is there, and is another one"),
    "busy": Kind(409, "Something else is under way"),
    "parked": Kind(409, "The device is parked"),
    "platform_device": Kind(409, "A platform's device has no link to mend"),
    "not_supported": Kind(409, "The device's driver does not do this"),
    "not_uncertain": Kind(409, "The send is not uncertain"),
    "not_waiting": Kind(409, "The send waits no longer"),
    "refresh_failed": Kind(409, "The link could not be made"),
    "edited": Kind(412, "It was changed since you read it"),
    "body_too_large": Kind(413, "The body is too large"),
    "media_type": Kind(415, "The body is not JSON"),
    "invalid": Kind(422, "Something in the request is not right"),
    "expired": Kind(422, "Its time was over before it began"),
    "request_id_reused": Kind(422, "The same key was used for something else"),
    "too_many_requests": Kind(429, "Too many requests with this key"),
    "queue_full": Kind(429, "Too many sends wait"),
    "headers_too_large": Kind(431, "The headers are too large"),
    "internal_error": Kind(500, "A bug of Mendline's own"),
    "brokers_away": Kind(503, "The log cannot be reached"),
    "database_away": Kind(503, "The read models cannot be reached"),
    "read_too_slow": Kind(503, "The read models took too long"),
    "timeline_too_long": Kind(503, "The partition is too long to be read at once"),
    "not_level": Kind(503, "The read models have not come so far"),
    "not_ready": Kind(503, "This node is not ready"),
    "too_many_connections": Kind(503, "This node has no room for more connections"),
}


class Fault(NamedTuple):
    """One thing that is wrong: where (`body`, `query`, `header`, `path`), the field as a JSON pointer, what and why."""

    where: str
    pointer: str
    problem: str


class ProblemError(Exception):
    """What was asked cannot be answered; `detail` says what is wrong, where, and what to do.

    position: of what the log says of it, where it got so far.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        faults: Sequence[Fault] = (),
        retry_after_s: int | None = None,
        more: Mapping[str, Any] | None = None,
        position: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.faults = faults
        self.retry_after_s = retry_after_s
        self.more = more
        self.position = position

    @property
    def kind(self) -> Kind:
        """Its status and title."""
        return KINDS[self.code]

    def document(self) -> dict[str, Any]:
        """The problem as it is answered."""
        status, title = self.kind
        faults = [fault._asdict() for fault in self.faults]
        said = {"type": URN + self.code, "title": title, "status": status, "code": self.code, "detail": self.detail}
        return said | ({"errors": faults} if faults else {}) | dict(self.more or {})

    def response(self) -> Response:
        """The answer that tells it."""
        headers = {}
        if self.retry_after_s is not None or self.kind.status in TEMPORARY:
            headers["Retry-After"] = str(self.retry_after_s or AGAIN_S)
        if self.kind.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.position is not None:
            headers[POSITION] = self.position
        return Response(orjson.dumps(self.document()), self.kind.status, headers, MEDIA_TYPE)

    def as_http(self) -> bytes:
        """The answer as it goes over a connection that ends with it."""
        found = self.response()
        headers = b"".join(b"%s: %s\r\n" % header for header in found.raw_headers)
        phrase = HTTPStatus(found.status_code).phrase.encode()
        return b"HTTP/1.1 %d %s\r\n%sconnection: close\r\n\r\n%s" % (found.status_code, phrase, headers, found.body)


MOST_FAULTS = 100
LONGEST_PART = 80
MORE_TOLD = 3
NO_FIELD = "there is no field of this name"


def problem_of_faults(found: Sequence[Mapping[str, Any]], where: str = "") -> ProblemError:
    """The problem that pydantic's errors are; where: what they are about, else their places begin with it."""
    if any(each["type"] == "json_invalid" for each in found):
        return ProblemError("malformed", "the body is no JSON: send UTF-8 text as RFC 8259 has it")
    faults = [_fault(each, where) for each in found[:MOST_FAULTS]]
    told = "; ".join(_told(fault) for fault in faults[:MORE_TOLD])
    more = f"; and {len(found) - MORE_TOLD} more" if len(found) > MORE_TOLD else ""
    return ProblemError("invalid", f"{told}{more}. docs/api.md lists what is allowed.", faults)


def _fault(found: Mapping[str, Any], where: str) -> Fault:
    place, *path = (where, *found["loc"]) if where else found["loc"] or ("body",)
    pointer = "".join(f"/{_shown(str(part))}" for part in path)
    problem = NO_FIELD if found["type"] == "extra_forbidden" else str(found["msg"]).removeprefix("Value error, ")
    return Fault(str(place), pointer if place == "body" else pointer[1:], problem)


def _told(fault: Fault) -> str:
    return f"{fault.where}{fault.pointer and f' {fault.pointer}'}: {fault.problem}"


def _shown(part: str) -> str:
    """A name that a caller chose, as RFC 6901 has it."""
    short = part if len(part) <= LONGEST_PART else part[:LONGEST_PART] + "…"
    return short.replace("~", "~0").replace("/", "~1")
