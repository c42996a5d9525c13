"""Devices: added, shown, changed, removed, refreshed, parked, resumed; their timeline and their link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from mendline.gateway.answers import answer, place
from mendline.gateway.asking import Asking, Manner, checked, context_of
from mendline.gateway.deciding import decide
from mendline.gateway.documented import ACCEPTED, OUTCOME, problems
from mendline.gateway.fates import answered_by_fate
from mendline.gateway.given import described_as, given
from mendline.gateway.node import node_of
from mendline.gateway.outcomes import outcome_of
from mendline.gateway.parameters import AtLeast, Cursor, IfMatch, Limit, PathId, Time
from mendline.gateway.problems import ProblemError
from mendline.gateway.rights import may
from mendline.gateway.writing import Wish, decided, ended
from projections.api import devices as read
from projections.api import refreshes as read_refreshes
from projections.api.timeline import timeline_page
from schemas.api.asked import DeviceChange, DevicePark, DeviceRegistration
from schemas.api.devices import ConnectionDocument, DeviceDocument, DeviceKind, DeviceState
from schemas.api.document import Page
from schemas.api.refreshes import RefreshDocument
from schemas.api.timeline import TimelineLineDocument
from schemas.control.rights import Caller
from schemas.device.links import RefreshFailed
from schemas.device.requests import (
    DeviceChangeRequested,
    DeviceParkRequested,
    DeviceRegistrationRequested,
    DeviceRemovalRequested,
    DeviceResumeRequested,
    RefreshRequested,
)
from schemas.message import Request as Asked
from schemas.topics import DEVICE

router = APIRouter(prefix="/api/devices", tags=["devices"])
Operator = Annotated[Caller, Depends(may("operate"))]
Reading = Annotated[Caller, Depends(may("read"))]
UNKNOWN = problems("unknown_device")
TURN_S = 5.0
OTHERS_FIRST = f"others' timelines took more than {TURN_S:g} s: ask again soon, or another node"


@router.post(
    "",
    openapi_extra=described_as(DeviceRegistration),
    responses={**OUTCOME, **ACCEPTED, **problems("device_exists", "busy", "media_type")},
)
async def add(
    request: Request,
    caller: Operator,
    body: Annotated[DeviceRegistration, Depends(given(DeviceRegistration))],
    asking: Asking,
) -> Response:
    """Add a device to the fleet; the same again changes nothing."""
    asked = checked(DeviceRegistrationRequested.type, body.model_dump(exclude={"id"}))
    return await _decided(request, caller, body.id, asked, asking)


@router.get("", name="list", responses={200: {"model": Page[DeviceDocument]}, **problems("cursor_invalid")})
async def list_(
    request: Request,
    caller: Reading,
    state: Annotated[DeviceState | None, Query(description="only these; else those of the fleet")] = None,
    driver: Annotated[str | None, Query(max_length=500, description="only those that it talks to")] = None,
    kind: Annotated[DeviceKind | None, Query(description="only those with a link, or only platforms'")] = None,
    worker: Annotated[str | None, Query(max_length=500, description="only those that it owns")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """Devices by id, page by page."""
    reader = node_of(request).reader
    filters = {"state": state, "driver": driver, "kind": kind, "worker": worker}
    async with reader.opened(at_least) as connection:
        page = await read.devices(connection, reader.wanted(filters, limit, cursor))
    return answer(reader.page_for(caller, DeviceDocument, page))


@router.get("/{device_id}", responses={200: {"model": DeviceDocument}, **UNKNOWN})
async def show(request: Request, caller: Reading, device_id: PathId, at_least: AtLeast = None) -> Response:
    """One device with the evidence for its state, also a removed one."""
    node = node_of(request)
    async with node.reader.opened(at_least) as connection:
        found = await read.device(connection, device_id)
    if found is None:
        raise _unknown(device_id)
    return answer(
        node.reader.document_for(caller, DeviceDocument, found),
        etag=node.reader.etag(found),
        position=found["position"],
    )


@router.patch(
    "/{device_id}",
    openapi_extra=described_as(DeviceChange),
    responses={**OUTCOME, **ACCEPTED, **problems("unknown_device", "edited", "media_type")},
)
async def change(
    request: Request,
    caller: Operator,
    body: Annotated[DeviceChange, Depends(given(DeviceChange))],
    device_id: PathId,
    asking: Asking,
    if_match: IfMatch = None,
) -> Response:
    """Change what is given; what is not given stays."""
    seen = await node_of(request).reader.seen(lambda found: read.device(found, device_id), if_match)
    asked = checked(DeviceChangeRequested.type, body.model_dump(exclude_unset=True) | seen)
    return await _decided(request, caller, device_id, asked, asking)


@router.delete("/{device_id}", responses={**OUTCOME, **ACCEPTED, **problems("unknown_device", "edited")})
async def remove(
    request: Request, caller: Operator, device_id: PathId, asking: Asking, if_match: IfMatch = None
) -> Response:
    """Take a device out of the fleet; its waiting sends are cancelled."""
    seen = await node_of(request).reader.seen(lambda found: read.device(found, device_id), if_match)
    return await _decided(request, caller, device_id, DeviceRemovalRequested(**seen), asking)


@router.post(
    "/{device_id}/refresh",
    responses={
        **OUTCOME,
        **ACCEPTED,
        **problems("unknown_device", "platform_device", "parked", "refresh_failed", "busy"),
    },
)
async def refresh(
    request: Request,
    caller: Operator,
    device_id: PathId,
    asking: Asking,
    wait: Annotated[bool, Query(description="answer when the refresh has ended, with its steps")] = True,
) -> Response:
    """Mend a device's link, once, whoever else asks; a healthy one is left alone, and that is answered at once."""
    node = node_of(request)
    wish = Wish(device_id, RefreshRequested(), asking.request_id)
    reached = ended if wait else decided
    heard = await node.writer.ask(DEVICE, wish, context_of(request, caller.actor), reached, asking.timeout_s)
    told = heard.hearing.told
    if wait and told and isinstance(last := told[-1].event, RefreshFailed):
        detail = f"{last.outcome}: {last.reason}; the steps are in `events`"
        raise ProblemError("refresh_failed", detail, more=outcome_of(heard), position=heard.at)
    whole = not wait or heard.hearing.story.ended
    return answered_by_fate(heard, place("devices", device_id, "refreshes"), whole=whole)


@router.get("/{device_id}/refreshes", responses={200: {"model": Page[RefreshDocument]}, **problems("cursor_invalid")})
async def refreshes(
    request: Request,
    caller: Reading,
    device_id: PathId,
    limit: Limit = 20,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """A device's refreshes with their steps and who joined, newest first."""
    reader = node_of(request).reader
    async with reader.opened(at_least) as connection:
        page = await read_refreshes.refreshes(connection, device_id, reader.wanted({}, limit, cursor))
    return answer(reader.page_for(caller, RefreshDocument, page))


@router.post(
    "/{device_id}/park",
    openapi_extra=described_as(DevicePark),
    responses={**OUTCOME, **ACCEPTED, **problems("unknown_device", "media_type")},
)
async def park(
    request: Request,
    caller: Operator,
    body: Annotated[DevicePark, Depends(given(DevicePark))],
    device_id: PathId,
    asking: Asking,
) -> Response:
    """Stop sending on a device; its sends wait in order."""
    asked = checked(DeviceParkRequested.type, body.model_dump())
    return await _decided(request, caller, device_id, asked, asking)


@router.post("/{device_id}/resume", responses={**OUTCOME, **ACCEPTED, **UNKNOWN})
async def resume(request: Request, caller: Operator, device_id: PathId, asking: Asking) -> Response:
    """Let a parked device go on."""
    return await _decided(request, caller, device_id, DeviceResumeRequested(), asking)


@router.get(
    "/{device_id}/timeline",
    responses={200: {"model": Page[TimelineLineDocument]}, **problems("cursor_invalid", "timeline_too_long")},
)
async def timeline(
    request: Request,
    caller: Reading,
    device_id: PathId,
    since: Annotated[Time | None, Query(description="happened then or later")] = None,
    until: Annotated[Time | None, Query(description="happened earlier")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at_least: AtLeast = None,
) -> Response:
    """Every record about a device, what asked and what came of it, straight from the log; the last page first."""
    node = node_of(request)
    wanted = node.reader.wanted({"since": since, "until": until}, limit, cursor)
    await node.reader.reach(at_least)  # what read models hold lies in the log
    # Each reads a whole partition: a few at a time leave the node to the others.
    async with _turn(node.timelines):
        page = await timeline_page(node.log, device_id, wanted)
    return answer(node.reader.page_for(caller, TimelineLineDocument, page))


@router.get("/{device_id}/connection", responses={200: {"model": ConnectionDocument}, **UNKNOWN})
async def connection(request: Request, caller: Reading, device_id: PathId, at_least: AtLeast = None) -> Response:
    """A device's live link, or its last one."""
    node = node_of(request)
    async with node.reader.opened(at_least) as opened:
        found = await read.connection_of(opened, device_id)
    if found is None:
        raise ProblemError("unknown_device", f"no device {device_id} ever had a link: a platform's device has none")
    return answer(
        node.reader.document_for(caller, ConnectionDocument, found),
        etag=node.reader.etag(found),
        position=found["position"],
    )


@asynccontextmanager
async def _turn(timelines: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(TURN_S):
            await timelines.acquire()
    except TimeoutError:
        raise ProblemError("timeline_too_long", OTHERS_FIRST) from None
    try:
        yield
    finally:
        timelines.release()


async def _decided(request: Request, caller: Caller, device_id: str, asked: Asked, asking: Manner) -> Response:
    return await decide(request, caller, asking, DEVICE, (device_id, asked), place("devices", device_id))


def _unknown(device_id: str) -> ProblemError:
    return ProblemError("unknown_device", f"no device is called {device_id}: GET /api/devices lists the fleet")
