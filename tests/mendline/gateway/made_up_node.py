"""A node without log and database, which answers within the process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from starlette.types import ASGIApp

from mendline.gateway.application import application
from mendline.gateway.limits import Limits
from mendline.gateway.naming import Naming
from mendline.gateway.node import Node
from mendline.gateway.passes import Passes
from mendline.gateway.writing import Writer
from mendline.telemetry.http import HttpMetrics
from mendline.telemetry.tracing import Tracing
from schemas.control.rights import Caller
from schemas.envelope import Position
from schemas.topics import Stream, Topics
from streams.hub.tokens import Tokens
from streams.log.ports import EventRecord

ADMIN = Caller("k1", "admin", frozenset({"admin"}))


class OneKey:
    """Every token is this one's; `why`: why it is not ready."""

    def __init__(self, why: str | None = None, whose: Caller = ADMIN) -> None:
        self.why = why
        self.whose = whose

    def caller(self, token: str) -> Caller | None:
        """Whose key it is."""
        return self.whose

    def not_ready(self) -> str | None:
        """Why it cannot say for sure."""
        return self.why


class MadeUpLog:
    """Takes everything, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.taken: list[EventRecord] = []

    async def append(self, stream: Stream, records: Sequence[EventRecord]) -> list[Position]:
        """Where each lies."""
        if self.error is not None:
            raise self.error
        self.taken += records
        return [Position(stream.requests, 0, number) for number in range(len(records))]


class MadeUpReader:
    """Has nothing to read; `why`: why it is not ready."""

    def __init__(self, why: str | None = None) -> None:
        self.why = why

    async def not_ready(self) -> str | None:
        """Why nothing can be read now."""
        return self.why

    async def reach(self, at_least: str | None) -> None:
        """Everything is here."""

    def wanted(self, filters: object, limit: int, cursor: str | None) -> None:
        """No page."""


def made_up_node(*, log: Any = None, keys: Any = None, reader: Any = None) -> Node:
    """A node with these parts."""
    nothing: Any = None
    taking: Any = log or MadeUpLog()
    reading: Any = reader or MadeUpReader()
    return Node(
        keys=keys or OneKey(),
        limits=Limits(1000),
        writer=Writer(taking, nothing, Tracing(Topics())),
        reader=reading,
        creations=nothing,
        sharing=nothing,
        credentials=nothing,
        metrics=HttpMetrics(),
        log=nothing,
        timelines=asyncio.Semaphore(1),
        passes=Passes(Tokens("here", bytes(32)), "wss://hub.example"),
    )


def asking(node: Node) -> httpx.AsyncClient:
    """Asks the node."""
    app: ASGIApp = Naming(application(node))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://node", headers={"Authorization": "Bearer x"})
