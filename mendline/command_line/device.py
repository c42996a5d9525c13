"""`mendline device`: add, show, list, park, resume and remove devices."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from mendline.command_line.asking import Manner, ask
from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.options import Device, RequestId, Timeout, WaitByDefault, future, seconds
from mendline.command_line.output import Format, Output, Shape, print_facts, print_rows, say
from mendline.settings import Settings
from projections import queries
from projections.devices import Device as DeviceRow
from schemas.device.check import parse_request
from streams.drivers.catalogue import DRIVERS

SHAPE = Shape(
    columns=("device_id", "name", "driver", "state", "reason", "until", "waiting", "refreshes", "last_event_at"),
    id="{device_id}",
    fields=[field.name for field in fields(DeviceRow)],
)


class State(StrEnum):
    """A device's state, as the read model has it (docs/reading.md)."""

    REGISTERED = "registered"
    REFRESHING = "refreshing"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    READY = "ready"
    PARKED = "parked"
    REMOVED = "removed"


Driver = Annotated[str, typer.Option(metavar="NAME", help=f"What talks to it: {', '.join(DRIVERS)}.")]
PaceMin = Annotated[float, typer.Option(metavar="LENGTH", parser=seconds, help="Shortest pause after a send: 2s.")]
PaceMax = Annotated[
    float | None, typer.Option(metavar="LENGTH", parser=seconds, help="Longest pause; else the shortest.")
]
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
        datetime | None, typer.Option(metavar="TIME", parser=future, help="Resume by itself: 2h (from now), a date.")
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


def show(context: typer.Context, device: Device, output: Output = Format.TABLE) -> None:
    """Show DEVICE as the read models have it, and how its sends stand."""
    found = asyncio.run(_found(context.obj, device))
    if found is None:
        raise NotFoundError(f"no device is called {device}: `mendline device list` shows the fleet")
    print_facts(
        found if output is not Format.TABLE else found | {"sends": _counts(found["sends"])}, output, "{device_id}"
    )


def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    driver: Annotated[str | None, typer.Option(metavar="NAME", help="Only those that it talks to.")] = None,
    after: Annotated[str, typer.Option(metavar="DEVICE", help="Only those behind this one.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many.")] = 100,
    output: Output = Format.TABLE,
) -> None:
    """List the fleet by id; removed devices only with --state removed."""
    rows = asyncio.run(_listed(context.obj, state=state, driver=driver, after=after, limit=limit))
    print_rows(rows, SHAPE, output)
    if not rows:
        say("no device is like that: `mendline device add` adds one")
    if len(rows) == limit:
        say(f"there may be more: --after {rows[-1]['device_id']} goes on, --limit shows more at once")


async def _found(settings: Settings, device_id: str) -> dict[str, Any] | None:
    async with opened(settings) as connection:
        device = await queries.device(connection, device_id)
        sends = await queries.sends_by_state(connection, device_id=device_id)
    return None if device is None else asdict(device) | {"sends": sends}


async def _listed(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        return [asdict(device) for device in await queries.devices(connection, **wanted)]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "none"


def _ask(context: typer.Context, device: str, type_: str, data: dict[str, Any], manner: Manner) -> None:
    # Checked as the worker will check it, so that a mistake is told before it enters the log.
    request = parse_request(type_, orjson.loads(orjson.dumps(data)))
    ask(context.obj, device, request, manner)
