"""Delivery reports: platforms tell how far a message got."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.asking import context_of
from mendline.gateway.documented import problems
from mendline.gateway.naming import log_about_path
from mendline.gateway.node import Node, node_of
from mendline.gateway.parameters import PathId
from mendline.gateway.problems import Fault, ProblemError
from mendline.gateway.writing import Wish, token
from projections.api import devices as read
from schemas.api.recorded import ReportsRecorded
from schemas.topics import DEVICE
from streams.drivers.credentials import CredentialError
from streams.gateway.webhooks import ANY_PLATFORM, PLATFORMS, WebhookInvalidError, is_genuine, reports_of

router = APIRouter(prefix="/hooks", tags=["hooks"])
OPEN: dict[str, Any] = {"security": []}
REFUSED = (
    "the report is not genuine: give the device's hook_secret as `?secret=` or in Mendline-Hook-Secret, or sign the "
    "body with it in Mendline-Hook-Signature (docs/api.md)"
)


@router.post(
    "/{platform}/{device_id}",
    openapi_extra=OPEN | {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    responses={200: {"model": ReportsRecorded}, **problems("report_refused", "database_away")},
)
async def report(
    request: Request,
    platform: Annotated[str, Path(description=f"{', '.join(PLATFORMS)}")],
    device_id: PathId,
    secret: Annotated[str | None, Query(max_length=500, description="the device's hook_secret")] = None,
    mendline_hook_secret: Annotated[str | None, Header(description="the same, in a header")] = None,
    mendline_hook_signature: Annotated[str | None, Header(description="sha256=HMAC of the body, instead")] = None,
) -> Response:
    """Record a delivery report; one about a message that nobody knows is kept all the same."""
    node = node_of(request)
    log_about_path(request.path_params)
    body = await request.body()
    await _check(node, platform, device_id, body, secret or mendline_hook_secret, mendline_hook_signature)
    node.limits.spend(f"hook:{device_id}")  # not by strangers, who could keep the platform's own reports out
    try:
        reports = reports_of(platform, body)
    except WebhookInvalidError as error:
        raise ProblemError("invalid", str(error), [Fault("body", "", str(error))]) from error
    wishes = [Wish(device_id, each, uuid4().hex) for each in reports]
    context = context_of(request, f"hook:{platform}")
    positions = await node.writer.log(DEVICE, wishes, context) if wishes else []
    places = [token(DEVICE.requests, position.partition, position.offset) for position in positions]
    return answer({"recorded": places}, position=places[-1] if places else None)


async def _check(
    node: Node, platform: str, device_id: str, body: bytes, secret: str | None, signature: str | None
) -> None:
    """Raise the problem that keeps a report out; a stranger is told nothing about the fleet."""
    async with node.reader.opened(None) as connection:
        found = await read.device(connection, device_id)
    if found is None or platform not in PLATFORMS or platform not in (ANY_PLATFORM, found["driver"]):
        raise ProblemError("report_refused", REFUSED)
    try:
        credential = node.credentials.find(found["credential"])
        genuine = is_genuine(credential, body, secret, signature)
    except CredentialError:
        genuine = False
    if not genuine:
        raise ProblemError("report_refused", REFUSED)
