"""Tokens for the hub: a server of yours asks for one and hands it to a browser, which never sees the API key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.documented import problems
from mendline.gateway.given import described_as, given
from mendline.gateway.node import node_of
from mendline.gateway.rights import may
from schemas.api.asked import HubTokenWish
from schemas.api.hub import HubTokenDocument
from schemas.control.rights import Caller
from schemas.hub.tokens import LIFE_S

router = APIRouter(prefix="/api/ws-token", tags=["hub"])


@router.post(
    "",
    openapi_extra=described_as(HubTokenWish),
    responses={200: {"model": HubTokenDocument}, **problems("media_type")},
)
async def make(
    request: Request,
    caller: Annotated[Caller, Depends(may("read"))],
    wish: Annotated[HubTokenWish, Depends(given(HubTokenWish))],
) -> Response:
    """Make a token with which a user connects to the hub, within five minutes."""
    passes = node_of(request).passes
    made = passes.make(caller, wish.user, wish.groups, audit=wish.audit, pair=wish.pair)
    found = HubTokenDocument(
        token=made.token,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
        expires_in_s=LIFE_S,
        url=passes.url,
        events_url=passes.events_url,
    )
    told = answer(found.model_dump(mode="json"))
    told.headers["Cache-Control"] = "no-store"
    return told
