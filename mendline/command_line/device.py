"""`mendline device`: add, show, list, park, resume and remove devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
import typer

from mendline.command_line.asking import Manner, ask
from mendline.command_line.options import Device, RequestId, Timeout, WaitByDefault, moment
from mendline.command_line.output import Format, Output
from schemas.device.check import parse_request
from streams.drivers.catalogue import DRIVERS

Driver = Annotated[str, typer.Option(metavar="NAME", help=f"What talks to it: {', '.join(DRIVERS)}.")]
PaceMin = Annotated[float, typer.Option(metavar="SECONDS", help="Shortest pause after a send.")]
PaceMax = Annotated[float | None, typer.Option(metavar="SECONDS", help="Longest pause; else the shortest.")]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for whoever looks later.")]


def add(
    context: typer.Context,
    device: Device,
    driver: Driver,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What people call it.")] = "",
    credential: Annotated[str | None, typer.Option(metavar="NAME", help="A credential's name in the settings.")] = None,
    pace_min: PaceMin = 0,
    pace_max: PaceMax = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    output: Output = Format.TABLE,
) -> None:
    """Add DEVICE to the fleet."""
    data = {
        "driver": driver,
        "name": name,
        "credential": credential,
        "pace_min_s": pace_min,
        "pace_max_s": pace_min if pace_max is None else pace_max,
    }
    _ask(context, device, "device_registration_requested", data, Manner(timeout if wait else None, output, request_id))


def park(
    context: typer.Context,
    device: Device,
    reason: Reason = None,
    until: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="Resume by itself at 2026-11-23T15:30.")
    ] = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    output: Output = Format.TABLE,
) -> None:
    """Stop sending on DEVICE; its sends wait in order, --until then or until it is resumed."""
    data = {"until": until} | ({"reason": reason} if reason else {})
    manner = Manner(timeout if wait else None, output, request_id, reason)
    _ask(context, device, "device_park_requested", data, manner)


def resume(
    context: typer.Context,
    device: Device,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    output: Output = Format.TABLE,
) -> None:
    """Let a parked DEVICE go on."""
    manner = Manner(timeout if wait else None, output, request_id, reason)
    _ask(context, device, "device_resume_requested", {}, manner)


def remove(
    context: typer.Context,
    device: Device,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    output: Output = Format.TABLE,
) -> None:
    """Take DEVICE out of the fleet; its waiting sends are cancelled."""
    manner = Manner(timeout if wait else None, output, request_id, reason)
    _ask(context, device, "device_removal_requested", {}, manner)


def _ask(context: typer.Context, device: str, type_: str, data: dict[str, Any], manner: Manner) -> None:
    # Checked as the worker will check it, so that a mistake is told before it enters the log.
    request = parse_request(type_, orjson.loads(orjson.dumps(data)))
    ask(context.obj, device, request, manner)
