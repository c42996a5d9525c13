"""What a node logs of a request says which: its trace from the beginning, its ids as soon as they are known."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from mendline.telemetry.logs import log_about, logged_apart

TRACEPARENT = b"traceparent"
IDS = ("request_id", "device_id", "client_id")


class Naming:
    """Goes around the whole application, so that its last word, of a bug, has the names too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with logged_apart():
            trace = next((value for name, value in scope.get("headers", ()) if name == TRACEPARENT), None)
            if trace is not None:
                log_about(traceparent=trace.decode("latin-1"))
            await self._app(scope, receive, send)


def log_about_path(parameters: Mapping[str, str]) -> None:
    """From here on say what the path names."""
    if parameters:
        log_about(**{name: unquote(parameters[name]) for name in IDS if name in parameters})
