"""`/metrics`, `/healthz` and `/readyz` of a process that has no other HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder

from mendline.errors import SettingInvalidError
from mendline.settings import Settings

END_S = 1.0
"""For answers under way when the process ends."""


class Telemetry(Protocol):
    """What a process tells of itself."""

    @property
    def registry(self) -> CollectorRegistry:
        """Its metrics."""

    def not_ready(self) -> Sequence[str]:
        """Why it is not ready to work; empty: it is."""


def new_registry() -> CollectorRegistry:
    """A registry that tells of the process itself: its cores' time, memory and files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def rendered(registry: CollectorRegistry, accept: str = "") -> tuple[str, bytes]:
    """The content type and the bytes of `/metrics`, in the form that an `Accept` header wants."""
    encode, content_type = choose_encoder(accept)
    return content_type, encode(registry)


class Beginning:
    """A process that has nothing to tell but that it runs, and whether it has begun."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self.begun = False

    def not_ready(self) -> Sequence[str]:
        """Why it is not ready to work."""
        return () if self.begun else ["it has not begun: it waits for brokers, its log says for which"]


@asynccontextmanager
async def serving(settings: Settings, telemetry: Telemetry) -> AsyncIterator[None]:
    """Answer at the settings' address while the context lasts; raises SettingInvalidError where it is not to be had.

    On the loop of the process itself: whoever is answered knows that it turns.
    """
    if not settings.metrics_port:
        yield
        return
    runner = web.AppRunner(_application(telemetry), access_log=None, shutdown_timeout=END_S)
    await runner.setup()
    try:
        await _listen(runner, settings)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    host, port = settings.metrics_host, settings.metrics_port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingInvalidError(
            f"MENDLINE_METRICS_PORT: {host}:{port} is not to be had ({error.strerror or error}): give each process a "
            "free one of its own, or 0 for none, and MENDLINE_METRICS_HOST an address of this machine"
        ) from error


def _application(telemetry: Telemetry) -> web.Application:
    async def metrics(request: web.Request) -> web.Response:
        content_type, body = rendered(telemetry.registry, request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_request: web.Request) -> web.Response:
        why = list(telemetry.not_ready())
        return web.json_response({"ready": not why, "why_not": why}, status=503 if why else 200)

    application = web.Application()
    application.add_routes(
        [web.get("/metrics", metrics), web.get("/healthz", alive), web.get("/readyz", ready)],
    )
    return application
