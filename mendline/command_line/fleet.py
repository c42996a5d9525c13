"""`mendline device show` and `list`: the fleet as the read models have it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Annotated, Any

import typer

from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.naming import named
from mendline.command_line.options import Devices, Limit, most_rows
from mendline.command_line.output import Format, Output, Shape, by_state, print_facts, print_rows, say
from mendline.settings import Settings
from projections import queries
from projections.devices import Device

COLUMNS = ("device_id", "name", "driver", "state", "reason", "until", "waiting", "refreshes", "last_event_at")
FIELDS = tuple(field.name for field in fields(Device))
ID = "{device_id}"


class State(StrEnum):
    """A device's state, as the read model has it (docs/reading.md)."""

    REGISTERED = "registered"
    REFRESHING = "refreshing"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    READY = "ready"
    PARKED = "parked"
    REMOVED = "removed"


def show(context: typer.Context, devices: Devices, output: Output = Format.TABLE) -> None:
    """Show DEVICEs as the read models have them, and how their sends stand."""
    ids, many = named(devices)
    found = asyncio.run(_found(context.obj, ids))
    rows = [row | {"sends": by_state(row["sends"])} for row in found] if output is Format.TABLE else found
    if many:
        print_rows(rows, Shape((*COLUMNS, "sends"), ID, (*FIELDS, "sends")), output)
    elif rows:
        print_facts(rows[0], output, ID)
    if missing := sorted(set(ids) - {row["device_id"] for row in found}):
        raise NotFoundError(f"no device is called {', '.join(missing)}: `mendline device list` shows the fleet")


def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    driver: Annotated[str | None, typer.Option(metavar="NAME", help="Only those that it talks to.")] = None,
    after: Annotated[str, typer.Option(metavar="DEVICE", help="Only those behind this one.")] = "",
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List the fleet by id; removed devices only with --state removed."""
    most = most_rows(limit, output)
    rows = asyncio.run(_listed(context.obj, state=state, driver=driver, after=after, limit=most))
    print_rows(rows, Shape(COLUMNS, ID, FIELDS), output)
    if not rows:
        say("no device is like that: `mendline device add` adds one")
    if len(rows) == most:
        say(f"there may be more: --after {rows[-1]['device_id']} goes on, --limit shows more at once")


async def _found(settings: Settings, ids: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    async with opened(settings) as connection:
        for device_id in ids:
            if (device := await queries.device(connection, device_id)) is not None:
                sends = await queries.sends_by_state(connection, device_id=device_id)
                found.append(asdict(device) | {"sends": sends})
    return found


async def _listed(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        return [asdict(device) for device in await queries.devices(connection, **wanted)]
