"""What the handlers of a node share, and whom they turn away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from aiohttp import web

from streams.hub.hub import Hub

AGAIN_S = 5


@dataclass(frozen=True, slots=True)
class House:
    """A node. origins: the pages that may connect, by scheme, host and port; empty: all."""

    hub: Hub
    not_ready: Callable[[], Sequence[str]]
    origins: Collection[str] = ()

    def refusal(self, request: web.Request) -> web.Response | None:
        """The answer to whom there is no place for here."""
        origin = request.headers.get("Origin")
        if self.origins and origin is not None and origin not in self.origins:
            return problem(403, f"pages of {origin[:200]} may not connect here: add it to MENDLINE_HUB_ORIGINS")
        if self.hub.stopping:
            return problem(503, "this node ends: ask another, or soon again")
        if self.hub.full():
            return problem(503, "this node has no room: ask another, or soon again")
        return None


HOUSE = web.AppKey("house", House)


def problem(status: int, detail: str, **headers: str) -> web.Response:
    """An answer that says what is wrong."""
    later = {"Retry-After": str(AGAIN_S)} if status == 503 else {}
    return web.json_response({"status": status, "detail": detail}, status=status, headers={**headers, **later})
