"""People's connections to the hub: who is connected, where, and to what; and ending one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mendline.gateway.answers import answer, place
from mendline.gateway.asking import Asking
from mendline.gateway.deciding import decide
from mendline.gateway.documented import ACCEPTED, OUTCOME, problems
from mendline.gateway.node import node_of
from mendline.gateway.parameters import AtLeast, Cursor, Limit, PathId
from mendline.gateway.problems import ProblemError
from mendline.gateway.rights import may
from projections.api import connections as read
from schemas.api.connections import UserConnectionDocument
from schemas.api.document import Page
from schemas.connection.requests import ConnectionCloseRequested
from schemas.control.rights import Caller
from schemas.marks import ID_PATTERN
from schemas.topics import CONNECTION

router = APIRouter(prefix="/api/connections", tags=["connections"])
Operator = Annotated[Caller, Depends(may("operate"))]
Reading = Annotated[Caller, Depends(may("read"))]


@router.get("", name="list", responses={200: {"model": Page[UserConnectionDocument]}, **problems("cursor_invalid")})
async def list_(
    request: Request,
    caller: Reading,
    user: Annotated[str | None, Query(pattern=ID_PATTERN, description="only this user's")] = None,
    node: Annotated[str | None, Query(max_length=64, description="only those that this node holds or held")] = None,
    live: Annotated[bool | None, Query(description="only live ones, or only ended ones")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """Each user's live connection or the last one, by user, page by page."""
    reader = node_of(request).reader
    filters = {"user": user, "node": node, "live": live}
    async with reader.opened(at_least) as connection:
        page = await read.connections(connection, reader.wanted(filters, limit, cursor))
    return answer(reader.page_for(caller, UserConnectionDocument, page))


@router.get("/{user}", responses={200: {"model": UserConnectionDocument}, **problems("unknown_user")})
async def show(request: Request, caller: Reading, user: PathId, at_least: AtLeast = None) -> Response:
    """A user's live connection, or the last one."""
    node = node_of(request)
    async with node.reader.opened(at_least) as connection:
        found = await read.connection_of(connection, user)
    if found is None:
        raise ProblemError("unknown_user", f"{user} was never connected: GET /api/connections lists who was")
    return answer(
        node.reader.document_for(caller, UserConnectionDocument, found),
        etag=node.reader.etag(found),
        position=found["position"],
    )


@router.post("/{user}/disconnect", responses={**OUTCOME, **ACCEPTED, **problems("invalid")})
async def disconnect(request: Request, caller: Operator, user: PathId, asking: Asking) -> Response:
    """End a user's live connection; its client does not come back by itself. Whoever may connect can do so again."""
    asked = (user, ConnectionCloseRequested(why="disconnected"))
    return await decide(request, caller, asking, CONNECTION, asked, place("connections", user))
