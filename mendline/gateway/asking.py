"""What comes with a request by HTTP besides its body: who asks, under which id, and how long he waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

import orjson
from fastapi import Depends, Header, Query, Request

from mendline.gateway.problems import Fault, ProblemError
from mendline.telemetry.traceparent import parsed
from schemas.device.check import parse_request
from schemas.envelope import Context
from schemas.marks import ID_PATTERN, USE_ID, is_id
from schemas.message import Request as Asked

LONGEST_WAIT_S = 60.0
USUAL_WAIT_S = 10.0
BARE_ID = ID_PATTERN[1:-1]


class Stage(StrEnum):
    """How far a send has come when its request is answered."""

    LOGGED = "logged"
    ATTEMPTED = "attempted"
    SETTLED = "settled"


Wait = Annotated[Stage, Query(description="answer when the send has come so far")]


class Manner(NamedTuple):
    """How something is asked: under which id, and how long is waited for what becomes of it.

    until: when that is over, by the loop's clock.
    """

    key: str | None
    timeout_s: float
    until: float

    @property
    def request_id(self) -> str:
        """The id of the request in the log."""
        return self.key or uuid4().hex

    @property
    def left_s(self) -> float:
        """How long it may still be waited for."""
        return max(0.0, self.until - asyncio.get_running_loop().time())


async def manner(
    timeout_s: Annotated[
        float,
        Query(alias="timeout", ge=0, le=LONGEST_WAIT_S, description="seconds to wait; then 202, and where to ask"),
    ] = USUAL_WAIT_S,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="the same key again is answered as the first; the request's id in the log",
            json_schema_extra={"pattern": f'^("{BARE_ID}"|{BARE_ID})$'},
        ),
    ] = None,
) -> Manner:
    """What is given beside the body; raises ProblemError for a key that is no id."""
    key = None if idempotency_key is None else _plain(idempotency_key)
    return Manner(key, timeout_s, asyncio.get_running_loop().time() + timeout_s)


Asking = Annotated[Manner, Depends(manner)]


def _plain(key: str) -> str:
    """A key may stand in the quotes of a structured header."""
    plain = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    if not is_id(plain):
        detail = f"Idempotency-Key is no id: {USE_ID}"
        raise ProblemError("invalid", detail, [Fault("header", "Idempotency-Key", detail)])
    return plain


def context_of(request: Request, actor: str) -> Context:
    """What the log is told of who asks; a trace that is malformed is left out, as W3C Trace Context wants."""
    trace = request.headers.get("traceparent", "")
    return Context(actor=actor, traceparent=trace if parsed(trace) else None)


def checked(type_: str, data: Mapping[str, Any]) -> Asked:
    """The request as its owner will check it; raises InvalidRequestError."""
    return parse_request(type_, orjson.loads(orjson.dumps(data)))
