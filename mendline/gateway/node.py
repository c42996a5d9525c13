"""What every handler of one node shares."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.requests import Request

from schemas.control.rights import Caller

if TYPE_CHECKING:
    from mendline.gateway.creations import Creations
    from mendline.gateway.limits import Limits
    from mendline.gateway.passes import Passes
    from mendline.gateway.reading import Reader
    from mendline.gateway.sharing import Sharing
    from mendline.gateway.writing import Writer
    from mendline.telemetry.http import HttpMetrics
    from projections.api.timeline import Log
    from streams.drivers.credentials import Credentials


class Keys(Protocol):
    """The API keys that are in force."""

    def caller(self, token: str) -> Caller | None:
        """Whose key it is; None: unknown or revoked."""

    def not_ready(self) -> str | None:
        """Why it cannot say for sure; None where it can."""


@dataclass(frozen=True, slots=True)
class Node:
    """One gateway: whose keys it knows, how often each may ask, how it writes and reads, and what it counts."""

    keys: Keys
    limits: Limits
    writer: Writer
    reader: Reader
    creations: Creations
    sharing: Sharing
    credentials: Credentials
    metrics: HttpMetrics
    log: Log
    timelines: asyncio.Semaphore
    passes: Passes


def node_of(request: Request) -> Node:
    """The node that answers this request."""
    node: Node = request.app.state.node
    return node
