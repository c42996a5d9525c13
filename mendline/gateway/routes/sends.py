"""Sends: one or many, waited for or not, found again, cancelled, resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from psycopg import AsyncConnection
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.asking import Asking, Manner, Stage, Wait, checked, context_of
from mendline.gateway.deciding import decide
from mendline.gateway.documented import ACCEPTED, OUTCOME, problems
from mendline.gateway.given import described_as, given, json_of
from mendline.gateway.node import Node, node_of
from mendline.gateway.outcomes import refused_as
from mendline.gateway.parameters import AtLeast, Cursor, Limit, PathId, Time
from mendline.gateway.problems import ProblemError
from mendline.gateway.rights import may
from mendline.gateway.sending import send_all, where_to_ask
from mendline.gateway.sends import read_batch
from mendline.gateway.writing import highest
from projections.api import sends as read
from schemas.api.asked import SendResolution
from schemas.api.document import Page
from schemas.api.progress import SETTLED, SendProgress, SendsProgress
from schemas.api.sends import SendDocument, SendState
from schemas.control.rights import Caller
from schemas.device.requests import SendCancellationRequested, SendResolutionRequested
from schemas.marks import ID_PATTERN
from schemas.message import Request as Asked
from schemas.topics import DEVICE

router = APIRouter(prefix="/api/sends", tags=["sends"])
Sender = Annotated[Caller, Depends(may("send"))]
Operator = Annotated[Caller, Depends(may("operate"))]
Reading = Annotated[Caller, Depends(may("read"))]
OfDevice = Annotated[
    str | None, Query(pattern=ID_PATTERN, description="the device; needed where several have a send of this id")
]
WINDOW = {"Mendline-Idempotency-Window-S": "86400"}
"""How long a key is remembered at least; docs/api.md says more."""
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/SendBody"},
                        {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/SendBody"},
                            "minItems": 1,
                            "maxItems": 1000,
                        },
                    ]
                }
            }
        },
    }
}
"""Read by hand: a thousand sends at once are checked as a worker checks them, not by pydantic."""


@router.post(
    "",
    openapi_extra=BODY,
    responses={
        200: {"model": SendProgress | SendsProgress, "description": "they have come as far as was waited for"},
        202: {"model": SendProgress | SendsProgress, "description": "they are in the log"},
        **problems("unknown_device", "request_id_reused", "queue_full", "expired", "media_type"),
    },
)
async def send(
    request: Request,
    caller: Sender,
    asking: Asking,
    wait: Wait = Stage.LOGGED,
) -> Response:
    """Send one message, or an array of up to 1,000, each once: the same id again is answered as the first."""
    batch = read_batch(await json_of(request), asking.key)
    documents = await send_all(node_of(request), batch, context_of(request, caller.actor), wait, asking.timeout_s)
    if not batch.single:
        status = 200 if all(_reached(document, wait) for document in documents) else 202
        positions = highest(document.get("position", document["request"]) for document in documents)
        found = answer({"items": documents}, status, position=positions)
    else:
        found = _answered(documents[0], wait)
    found.headers.update(WINDOW)
    return found


@router.get("", name="list", responses={200: {"model": Page[SendDocument]}, **problems("cursor_invalid")})
async def list_(
    request: Request,
    caller: Reading,
    device_id: Annotated[str | None, Query(pattern=ID_PATTERN, description="only this device's")] = None,
    campaign: Annotated[str | None, Query(pattern=ID_PATTERN, description="only this campaign's")] = None,
    state: Annotated[SendState | None, Query(description="only these")] = None,
    since: Annotated[Time | None, Query(description="decided then or later")] = None,
    until: Annotated[Time | None, Query(description="decided earlier")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """Sends, newest first, page by page."""
    reader = node_of(request).reader
    filters = {"device_id": device_id, "campaign": campaign, "state": state, "since": since, "until": until}
    async with reader.opened(at_least) as connection:
        page = await read.sends(connection, reader.wanted(filters, limit, cursor))
    return answer(reader.page_for(caller, SendDocument, page))


@router.get("/{request_id}", responses={200: {"model": SendDocument}, **problems("unknown_send", "ambiguous_send")})
async def show(
    request: Request, caller: Reading, request_id: PathId, device_id: OfDevice = None, at_least: AtLeast = None
) -> Response:
    """One send, and what became of it."""
    node = node_of(request)
    found = await _found(node, request_id, device_id, at_least)
    return answer(
        node.reader.document_for(caller, SendDocument, found), etag=node.reader.etag(found), position=found["position"]
    )


@router.post(
    "/{request_id}/cancel",
    responses={**OUTCOME, **ACCEPTED, **problems("unknown_send", "ambiguous_send", "not_waiting")},
)
async def cancel(
    request: Request,
    caller: Sender,
    asking: Asking,
    request_id: PathId,
    device_id: OfDevice = None,
    at_least: AtLeast = None,
) -> Response:
    """Take a send back that has not left yet."""
    asked = SendCancellationRequested(request_id=request_id)
    whose = device_id or (await _found(node_of(request), request_id, None, at_least))["device_id"]
    return await _decided(request, caller, asked, request_id, whose, asking)


@router.post(
    "/{request_id}/resolve",
    openapi_extra=described_as(SendResolution),
    responses={**OUTCOME, **ACCEPTED, **problems("unknown_send", "ambiguous_send", "not_uncertain", "media_type")},
)
async def resolve(
    request: Request,
    caller: Operator,
    body: Annotated[SendResolution, Depends(given(SendResolution))],
    asking: Asking,
    request_id: PathId,
    device_id: OfDevice = None,
    at_least: AtLeast = None,
) -> Response:
    """Say what became of an uncertain send, or what to do about it."""
    data = {"request_id": request_id, "resolution": body.resolution}
    asked = checked(SendResolutionRequested.type, data)
    whose = device_id or (await _found(node_of(request), request_id, None, at_least))["device_id"]
    return await _decided(request, caller, asked, request_id, whose, asking)


async def _decided(
    request: Request,
    caller: Caller,
    asked: Asked,
    request_id: str,
    device_id: str,
    asking: Manner,
) -> Response:
    path = where_to_ask({"request_id": request_id, "device_id": device_id})
    return await decide(request, caller, asking, DEVICE, (device_id, asked), path)


async def _found(node: Node, request_id: str, device_id: str | None, at_least: str | None) -> dict[str, Any]:
    async with node.reader.opened(at_least) as connection:
        found = await _namesakes(connection, request_id, device_id)
    if not found:
        raise ProblemError(
            "unknown_send",
            f"no send is called {request_id}: one that was just asked for needs its position as at_least, "
            "one that was refused is told by its device's timeline",
        )
    if len(found) > 1:
        devices = [each["device_id"] for each in found]
        raise ProblemError(
            "ambiguous_send", f"{len(found)} devices have a send of this id: give device_id", more={"devices": devices}
        )
    return found[0]


async def _namesakes(connection: AsyncConnection, request_id: str, device_id: str | None) -> Sequence[dict[str, Any]]:
    if device_id is None:
        return await read.sends_called(connection, request_id)
    one = await read.send(connection, device_id, request_id)
    return [] if one is None else [one]


def _answered(document: dict[str, Any], stage: Stage) -> Response:
    if document["state"] == "refused":
        raise refused_as(document["reason"], document["detail"], document.get("position"))
    reached = _reached(document, stage)
    where = where_to_ask(document)
    found = answer(
        document if reached else document | {"status_url": where},
        200 if reached else 202,
        position=document.get("position", document["request"]),
    )
    if not reached:
        found.headers["Location"] = where
    return found


def _reached(document: dict[str, Any], stage: Stage) -> bool:
    """Whether a send has come as far as somebody waits for; to be in the log alone is answered with 202."""
    if document["state"] in SETTLED:
        return stage is not Stage.LOGGED or bool(document.get("repeated"))
    return stage is Stage.ATTEMPTED and document["state"] in ("attempting", "reconciling", "deferred")
