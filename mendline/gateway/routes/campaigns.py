"""Campaigns: how they stand, and taking back what waits of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.asking import Asking, context_of
from mendline.gateway.documented import problems
from mendline.gateway.node import node_of
from mendline.gateway.parameters import AtLeast, Cursor, Limit, PathId
from mendline.gateway.problems import ProblemError
from mendline.gateway.rights import may
from mendline.gateway.writing import Heard, Wish, decided, highest
from projections.api import campaigns as read
from projections.campaign_queries import devices_with_open_sends
from schemas.api.campaigns import CampaignDocument
from schemas.api.cancelled import CampaignCancellation
from schemas.api.document import Page
from schemas.control.rights import Caller
from schemas.device.requests import SendCancellationRequested
from schemas.device.sends import CampaignCancelled
from schemas.message import RequestRefused
from schemas.topics import DEVICE

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])
Operator = Annotated[Caller, Depends(may("operate"))]
Reading = Annotated[Caller, Depends(may("read"))]


@router.get("", name="list", responses={200: {"model": Page[CampaignDocument]}, **problems("cursor_invalid")})
async def list_(
    request: Request, caller: Reading, limit: Limit = 100, cursor: Cursor = None, at_least: AtLeast = None
) -> Response:
    """Campaigns by name, page by page."""
    reader = node_of(request).reader
    async with reader.opened(at_least) as connection:
        page = await read.campaigns(connection, reader.wanted({}, limit, cursor))
    return answer(reader.page_for(caller, CampaignDocument, page))


@router.get("/{campaign}", responses={200: {"model": CampaignDocument}, **problems("unknown_campaign")})
async def show(request: Request, caller: Reading, campaign: PathId, at_least: AtLeast = None) -> Response:
    """One campaign, and what its sends came to."""
    node = node_of(request)
    async with node.reader.opened(at_least) as connection:
        found = await read.campaign(connection, campaign)
    if found is None:
        raise _unknown(campaign)
    return answer(
        node.reader.document_for(caller, CampaignDocument, found),
        etag=node.reader.etag(found),
        position=found["position"],
    )


@router.post(
    "/{campaign}/cancel",
    responses={
        200: {"model": CampaignCancellation},
        202: {"model": CampaignCancellation, "description": "some devices have not answered yet"},
        **problems("unknown_campaign"),
    },
)
async def cancel(
    request: Request, caller: Operator, campaign: PathId, asking: Asking, at_least: AtLeast = None
) -> Response:
    """Take back every send of a campaign that waits; what was asked for later is not meant."""
    node = node_of(request)
    async with node.reader.opened(at_least) as connection:
        known = await read.campaign(connection, campaign)
        devices = await devices_with_open_sends(connection, campaign)
    if known is None:
        raise _unknown(campaign)
    asked = SendCancellationRequested(campaign=campaign)
    wishes = [Wish(device_id, asked, asking.request_id) for device_id in devices]
    heard = await node.writer.ask_all(DEVICE, wishes, context_of(request, caller.actor), decided, asking.timeout_s)
    document = _summed(campaign, heard)
    return answer(document, 202 if document["unanswered"] else 200, position=highest(each.at for each in heard))


def _summed(campaign: str, heard: list[Heard]) -> dict[str, Any]:
    answered = [(each.wish.key, each.hearing.told[0].event) for each in heard if each.hearing.told]
    refused = [(device_id, event) for device_id, event in answered if isinstance(event, RequestRefused)]
    return {
        "campaign": campaign,
        "devices": len(heard),
        "cancelled": sum(event.sends for _, event in answered if isinstance(event, CampaignCancelled)),
        "refused": [{"device_id": device_id, "detail": event.detail} for device_id, event in refused],
        "unanswered": len(heard) - len(answered),
    }


def _unknown(campaign: str) -> ProblemError:
    return ProblemError("unknown_campaign", f"no campaign is called {campaign}: GET /api/campaigns lists them")
