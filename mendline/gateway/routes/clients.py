"""Clients: created once, changed, removed, and read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mendline.gateway.answers import accepted, answer, place
from mendline.gateway.asking import Asking, Manner, checked, context_of
from mendline.gateway.documented import ACCEPTED, problems
from mendline.gateway.given import described_as, given
from mendline.gateway.node import Node, node_of
from mendline.gateway.outcomes import refused_as
from mendline.gateway.parameters import AtLeast, Cursor, IfMatch, Limit, PathId
from mendline.gateway.problems import AGAIN_S, ProblemError
from mendline.gateway.rights import may
from mendline.gateway.writing import Heard, Wish, ended
from projections.api import clients as read
from schemas.api.asked import ClientChange, ClientCreation
from schemas.api.clients import ClientAnswer, ClientDocument, ClientState
from schemas.api.document import Page
from schemas.client.events import ClientChangeRejected, ClientCreationRejected
from schemas.client.ids import client_id_for
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.control.rights import Caller
from schemas.message import RequestRefused
from schemas.topics import CLIENT

router = APIRouter(prefix="/api/clients", tags=["clients"])
Operator = Annotated[Caller, Depends(may("operate"))]
Reading = Annotated[Caller, Depends(may("read"))]
EMAIL_TAKEN = "another client has this email: ask for that client, or give another email"
STALE = "the question about the email was overtaken: ask again"


@router.post(
    "",
    openapi_extra=described_as(ClientCreation),
    responses={200: {"model": ClientAnswer}, **ACCEPTED, **problems("email_taken", "busy", "media_type")},
)
async def create(
    request: Request,
    caller: Operator,
    body: Annotated[ClientCreation, Depends(given(ClientCreation))],
    asking: Asking,
) -> Response:
    """Create a client, once: any number of calls with one id, on any nodes, are answered with the same client."""
    client_id = body.id or client_id_for(asking.key)
    asked = checked(ClientCreationRequested.type, body.model_dump(exclude={"id"}))
    wish = Wish(client_id, asked, asking.request_id)
    node = node_of(request)
    heard = await node.creations.create(wish, context_of(request, caller.actor), asking.timeout_s)
    return await _answered(node, caller, heard, asking)


@router.get("", name="list", responses={200: {"model": Page[ClientDocument]}, **problems("cursor_invalid")})
async def list_(
    request: Request,
    caller: Reading,
    state: Annotated[ClientState | None, Query(description="only these; else those that are not gone")] = None,
    email: Annotated[str | None, Query(max_length=254, description="the one that has it")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """Clients by id, page by page."""
    reader = node_of(request).reader
    async with reader.opened(at_least) as connection:
        page = await read.clients(connection, reader.wanted({"state": state, "email": email}, limit, cursor))
    return answer(reader.page_for(caller, ClientDocument, page))


@router.get("/{client_id}", responses={200: {"model": ClientAnswer}, **problems("unknown_client")})
async def show(request: Request, caller: Reading, client_id: PathId, at_least: AtLeast = None) -> Response:
    """One client, also one that was removed or rejected."""
    node = node_of(request)
    return _shown(node, caller, await _found(node, client_id, at_least))


@router.patch(
    "/{client_id}",
    openapi_extra=described_as(ClientChange),
    responses={
        200: {"model": ClientAnswer},
        **ACCEPTED,
        **problems("unknown_client", "email_taken", "busy", "edited", "media_type"),
    },
)
async def change(
    request: Request,
    caller: Operator,
    body: Annotated[ClientChange, Depends(given(ClientChange))],
    asking: Asking,
    client_id: PathId,
    if_match: IfMatch = None,
) -> Response:
    """Change what is given; what is not given stays, what is given empty goes."""
    node = node_of(request)
    seen = await node.reader.seen(lambda connection: read.client(connection, client_id), if_match)
    asked = checked(ClientChangeRequested.type, body.model_dump(exclude_unset=True) | seen)
    wish = Wish(client_id, asked, asking.request_id)
    heard = await node.writer.ask(CLIENT, wish, context_of(request, caller.actor), ended, asking.timeout_s)
    return await _answered(node, caller, heard, asking)


@router.delete(
    "/{client_id}", responses={200: {"model": ClientAnswer}, **ACCEPTED, **problems("unknown_client", "busy", "edited")}
)
async def remove(
    request: Request,
    caller: Operator,
    asking: Asking,
    client_id: PathId,
    if_match: IfMatch = None,
) -> Response:
    """Remove a client; its email is free for others then."""
    node = node_of(request)
    seen = await node.reader.seen(lambda connection: read.client(connection, client_id), if_match)
    wish = Wish(client_id, ClientRemovalRequested(**seen), asking.request_id)
    heard = await node.writer.ask(CLIENT, wish, context_of(request, caller.actor), ended, asking.timeout_s)
    return await _answered(node, caller, heard, asking)


async def _answered(node: Node, caller: Caller, heard: Heard, asking: Manner) -> Response:
    """The client as the request left it, once the read models have come so far."""
    client_id = heard.wish.key
    if not heard.hearing.story.ended:
        return accepted(place("clients", client_id), heard, id=client_id)
    match heard.hearing.told[-1].event:
        case RequestRefused() as refused:
            raise refused_as(refused.reason, refused.detail, heard.at)
        case ClientCreationRejected(reason="email_taken") | ClientChangeRejected(reason="email_taken"):
            raise ProblemError("email_taken", EMAIL_TAKEN, position=heard.at)
        case ClientCreationRejected() | ClientChangeRejected():
            raise ProblemError("busy", STALE, retry_after_s=AGAIN_S, position=heard.at)
    if not await node.reader.level_with(heard.at, asking.left_s):
        return accepted(place("clients", client_id), heard, id=client_id)
    found = await node.sharing.read((client_id, heard.at), lambda: _found(node, client_id, None))
    return _shown(node, caller, found, heard.at)


async def _found(node: Node, client_id: str, at_least: str | None) -> dict[str, Any]:
    async with node.reader.opened(at_least) as connection:
        found: dict[str, Any] | None = await read.client(connection, client_id)
    if found is None:
        raise ProblemError("unknown_client", f"no client is called {client_id}: create it, or look the id up")
    return found


def _shown(node: Node, caller: Caller, found: dict[str, Any], position: str | None = None) -> Response:
    document = {"client": node.reader.document_for(caller, ClientDocument, found)}
    return answer(document, etag=node.reader.etag(found), position=position or found["position"])
