"""Counts and times every request, by its route and never by what a caller makes up."""

from __future__ import annotations

import time
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Measures(Protocol):
    """Who is told of requests."""

    def begun(self) -> None:
        """A request came."""

    def ended(self, route: str | None, method: str, status: int, took_s: float) -> None:
        """Its answer has gone; route: the template, None where there is none."""


class Measuring:
    """Tells `measures` of each request, once."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.monotonic(), 499  # as nginx has it: who asked has gone

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._measures.begun()
        try:
            await self._app(scope, receive, noting)
        finally:
            self._measures.ended(template_of(scope), scope["method"], status, time.monotonic() - began)


def template_of(scope: Scope) -> str | None:
    """Where a request went, without the ids in its path; None: nowhere that there is."""
    return getattr(scope.get("route"), "path", None)
