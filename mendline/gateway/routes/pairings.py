"""Devices are paired with phones and unpaired; what a phone is to be shown meanwhile."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from mendline.gateway.answers import answer, place
from mendline.gateway.asking import Asking, checked
from mendline.gateway.deciding import decide
from mendline.gateway.documented import ACCEPTED, OUTCOME, problems
from mendline.gateway.given import described_as, given
from mendline.gateway.node import node_of
from mendline.gateway.parameters import PathId
from mendline.gateway.problems import ProblemError
from mendline.gateway.rights import may
from mendline.gateway.signals import newest_signal
from schemas.api.asked import DevicePairing
from schemas.api.pairings import SignalDocument
from schemas.control.rights import Caller
from schemas.device.requests import DevicePairingRequested, DeviceUnpairingRequested
from schemas.topics import DEVICE

router = APIRouter(prefix="/api/devices", tags=["devices"])
Operator = Annotated[Caller, Depends(may("operate"))]
LOOK_S = 5.0


@router.post(
    "/{device_id}/pair",
    openapi_extra=described_as(DevicePairing),
    responses={**OUTCOME, **ACCEPTED, **problems("unknown_device", "not_supported", "busy", "media_type")},
)
async def pair(
    request: Request,
    caller: Operator,
    body: Annotated[DevicePairing, Depends(given(DevicePairing))],
    device_id: PathId,
    asking: Asking,
) -> Response:
    """Begin to pair a device with a phone; what to show is asked for at `…/pairing`, what came of it is an event."""
    asked = (device_id, checked(DevicePairingRequested.type, body.model_dump()))
    return await decide(request, caller, asking, DEVICE, asked, place("devices", device_id, "pairing"))


@router.post("/{device_id}/unpair", responses={**OUTCOME, **ACCEPTED, **problems("unknown_device", "not_supported")})
async def unpair(request: Request, caller: Operator, device_id: PathId, asking: Asking) -> Response:
    """Log a device out of its phone, or end its pairing under way; its history stays, its sends wait."""
    asked = (device_id, DeviceUnpairingRequested())
    return await decide(request, caller, asking, DEVICE, asked, place("devices", device_id))


@router.get("/{device_id}/pairing", responses={200: {"model": SignalDocument}, **problems("not_pairing")})
async def pairing(request: Request, caller: Operator, device_id: PathId) -> Response:
    """What the phone is to be shown now: ask every few seconds while the device is paired."""
    log = node_of(request).log
    try:
        async with node_of(request).timelines, asyncio.timeout(LOOK_S):
            signal = await newest_signal(log.cluster, log.topics, device_id)
    except TimeoutError:
        raise ProblemError("brokers_away", f"no answer within {LOOK_S:g} s") from None
    if signal is None:
        detail = f"nothing is to be shown for {device_id}: it is not being paired, or its first code comes in a moment"
        raise ProblemError("not_pairing", detail)
    shown = answer(SignalDocument.model_validate(signal, from_attributes=True).model_dump(mode="json"))
    shown.headers["Cache-Control"] = "no-store"
    return shown
