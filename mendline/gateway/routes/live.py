"""The page /live: open and static; it asks for a key, and shows with it what the hub tells."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from mendline.gateway.node import node_of
from mendline.gateway.problems import ProblemError

router = APIRouter(include_in_schema=False)
PAGE = "index.html"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
POLICY = (
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"),
    *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Piece(NamedTuple):
    """A file of the page."""

    content: bytes
    media_type: str
    etag: str


@router.get("/live")
async def page(request: Request) -> Response:
    """The page itself."""
    return _answered(request, PAGE)


@router.get("/live/{name}")
async def piece(request: Request, name: str) -> Response:
    """A script, a style or a picture of it."""
    return _answered(request, name)


def pieces() -> dict[str, Piece]:
    """The files of the page by name."""
    folder = resources.files("mendline.gateway") / "live"
    files = [file for file in folder.iterdir() if file.name.rpartition(".")[2] in TYPES]
    return {file.name: _piece(file.name, file.read_bytes()) for file in files}


def _piece(name: str, content: bytes) -> Piece:
    return Piece(content, TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def headers_of(hub: str) -> dict[str, str]:
    """What a browser is told with each piece; hub: its address, the only one beside our own that it may ask."""
    scheme, host, *_ = urlsplit(hub)  # a policy takes a path for the whole of it
    return HEADERS | {"Content-Security-Policy": "; ".join((*POLICY, f"connect-src 'self' {scheme}://{host}"))}


def _answered(request: Request, name: str) -> Response:
    found: Piece | None = request.app.state.page.get(name)
    if found is None:
        raise ProblemError("no_such_place", f"the page has no {name}: it stands at /live")
    headers = headers_of(node_of(request).passes.address) | {"ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)
