"""The whole API as one ASGI application: its routes, and how it describes itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from mendline.gateway.bodies import Bodies
from mendline.gateway.catching import catch_problems
from mendline.gateway.measuring import Measuring
from mendline.gateway.node import Node
from mendline.gateway.paths import RawPaths
from mendline.gateway.routes import campaigns, clients, connections, devices, health, hooks, hub, live, pairings, sends
from schemas.api import asked
from schemas.api.problems import ProblemDocument

VERSION = "1"
ROUTERS = (
    sends.router,
    clients.router,
    campaigns.router,
    devices.router,
    pairings.router,
    connections.router,
    hooks.router,
    hub.router,
    health.router,
    live.router,
)
BODIES = (
    asked.ClientCreation,
    asked.ClientChange,
    asked.SendBody,
    asked.SendResolution,
    asked.DeviceRegistration,
    asked.DeviceChange,
    asked.DevicePark,
    asked.HubTokenWish,
)
BODY_LIMITS = {"/api/sends": 8 * 1024 * 1024, "/api/": 256 * 1024, "/": 64 * 1024}
"""Bytes of a body by how its path begins, the first that fits: 1,000 sends, a document, a stranger's report."""
LONGEST_BODY_S = 20.0
DESCRIPTION = (
    "Everything that is written goes through the log; everything that is read comes from the read models, and carries "
    "the position it reflects. Version 1: fields and routes are only added; what goes or changes gets a new version "
    "beside this one. docs/api.md tells more."
)
SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "description": "an API key, mdl_ID_SECRET: `mendline key make` makes one",
}


def application(node: Node | None) -> FastAPI:
    """The API of a node; None: only to be described."""
    app = FastAPI(
        title="Mendline",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=_operation,
    )
    app.router.redirect_slashes = (
        False  # an address has one form, and a redirect would name a host that the caller chose
    )
    app.state.node = node
    app.state.page = live.pieces()
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    for router in ROUTERS:
        app.include_router(router)
    catch_problems(app)
    app.add_middleware(Bodies, limits=BODY_LIMITS, longest_s=LONGEST_BODY_S)
    app.add_middleware(RawPaths)
    if node is not None:
        app.add_middleware(Measuring, measures=node.metrics)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]  # FastAPI's own way to change it
    return app


def _operation(route: APIRoute) -> str:
    """What generated clients call it: sends_list, devices_show."""
    return "_".join([*map(str, route.tags), route.name.strip("_")])


def described(app: FastAPI) -> dict[str, Any]:
    """The API as OpenAPI 3.1."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        schemas = found["components"]["schemas"]
        for model in (ProblemDocument, *BODIES):
            own = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= own.pop("$defs", {}) | {model.__name__: own}
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        found["components"]["securitySchemes"] = {"key": SECURITY}
        found["security"] = [{"key": []}]
        app.openapi_schema = found
    return app.openapi_schema
