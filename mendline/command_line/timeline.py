"""`mendline timeline`: what happened to a device, and why, straight from the log."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import typer

from mendline.access import accessible_cluster
from mendline.command_line.errors import NotFoundError
from mendline.command_line.options import Device, During, Since, Until, between
from mendline.command_line.output import Format, Output, Shape, print_rows, print_text, say
from mendline.data_folder import Addresses
from mendline.settings import Settings
from projections import timeline as history
from projections.timeline_line import FIELDS, TimelineLine, as_json, in_words
from schemas.cluster import Cluster
from schemas.topics import Topics

LINES_FOR_PEOPLE, MOST_LINES = 1000, 1_000_000
SHAPE = Shape(columns=FIELDS, id="{topic}/{partition}/{offset}")


def timeline(
    context: typer.Context,
    device: Device,
    since: Since = None,
    until: Until = None,
    during: During = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=MOST_LINES, help="Only the newest so many; else 1000 in a table, or all.")
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Tell what was asked of DEVICE, what was tried and what came of it, oldest first."""
    begin, end = between(since, until, during)
    most = limit or (LINES_FOR_PEOPLE if output is Format.TABLE else MOST_LINES)
    lines = asyncio.run(_asked(context.obj, device, begin, end, most))
    if not lines:
        raise NotFoundError(f"the log tells nothing of {device} in that time: `mendline device list` shows the fleet")
    if output is Format.TABLE:
        _write(lines)
    else:
        print_rows(map(as_json, lines), SHAPE, output)
    if len(lines) == most:
        say(f"these are the newest {most}: --limit shows more, --until {lines[0].at.isoformat()} what came before")


async def print_timeline(settings: Settings, addresses: Addresses, device_id: str) -> None:
    """Write a device's whole timeline for people."""
    _write(await _lines(settings, addresses.cluster, device_id))


async def _asked(
    settings: Settings, device_id: str, since: datetime | None, until: datetime | None, limit: int
) -> list[TimelineLine]:
    return await _lines(settings, await accessible_cluster(settings), device_id, since, until, limit)


async def _lines(
    settings: Settings,
    cluster: Cluster,
    device_id: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> list[TimelineLine]:
    lines = history.timeline(cluster, Topics(settings.topic_prefix), device_id, since=since, until=until, limit=limit)
    async with aclosing(lines) as found:
        return [line async for line in found]


def _write(lines: list[TimelineLine]) -> None:
    for line in lines:
        print_text(in_words(line))
