"""What the node tells of itself: to everybody whether it lives and can answer, to keys its metrics and description."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.documented import problems
from mendline.gateway.node import node_of
from mendline.gateway.problems import AGAIN_S
from mendline.gateway.rights import any_key, may
from schemas.api.document import Document
from schemas.control.rights import Caller

router = APIRouter(tags=["health"])
OPEN: dict[str, Any] = {"security": []}


class Health(Document):
    """How the node is."""

    status: Annotated[str, Field(description="`ok`, or `not ready`")]
    reasons: Annotated[list[str], Field(description="why it is not ready")]


@router.get("/healthz", openapi_extra=OPEN, responses={200: {"model": Health}})
async def lives() -> Response:
    """The process answers."""
    return answer({"status": "ok", "reasons": []})


@router.get("/readyz", openapi_extra=OPEN, responses={200: {"model": Health}, 503: {"model": Health}})
async def ready(request: Request) -> Response:
    """The node can take requests: it knows the keys, and reaches the read models."""
    node = node_of(request)
    reasons = [why for why in (node.keys.not_ready(), await node.reader.not_ready()) if why is not None]
    if not reasons:
        return answer({"status": "ok", "reasons": reasons})
    found = answer({"status": "not ready", "reasons": reasons}, 503)
    found.headers["Retry-After"] = str(AGAIN_S)
    return found


@router.get("/api/openapi.json", include_in_schema=False)
async def description(request: Request, caller: Annotated[Caller, Depends(any_key)]) -> Response:
    """The API as OpenAPI, for any key."""
    return answer(request.app.openapi())


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **problems()})
async def metrics(request: Request, caller: Annotated[Caller, Depends(may("read"))]) -> Response:
    """What the node counts, for Prometheus; at MENDLINE_METRICS_PORT it needs no key."""
    content_type, body = node_of(request).metrics.rendered(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": content_type})
