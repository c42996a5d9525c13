"""Whether the node lives, and whether it can answer, open to everybody; and its metrics, for keys that may read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from mendline.gateway.answers import answer
from mendline.gateway.documented import problems
from mendline.gateway.node import node_of
from mendline.gateway.rights import may
from schemas.api.document import Document
from schemas.control.rights import Caller

router = APIRouter(tags=["health"])
OPEN: dict[str, Any] = {"security": []}


class Health(Document):
    """How the node is."""

    status: Annotated[str, Field(description="`ok`, or `not ready`")]
    reasons: Annotated[list[str], Field(description="why it is not ready")]


@router.get("/healthz", openapi_extra=OPEN, responses={200: {"model": Health}})
async def lives(request: Request) -> Response:
    """The process answers."""
    return answer({"status": "ok", "reasons": []})


@router.get("/readyz", openapi_extra=OPEN, responses={200: {"model": Health}, 503: {"model": Health}})
async def ready(request: Request) -> Response:
    """The node can take requests: it knows the keys, and reaches the read models."""
    node = node_of(request)
    reasons = [why for why in (node.keys.not_ready(), await node.reader.not_ready()) if why is not None]
    return answer({"status": "not ready" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **problems()})
async def metrics(request: Request, caller: Annotated[Caller, Depends(may("read"))]) -> Response:
    """What the node counts, for Prometheus; at MENDLINE_METRICS_PORT it needs no key."""
    content_type, body = node_of(request).metrics.rendered(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": content_type})
