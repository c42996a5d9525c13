"""`mendline send list` and `show`: sends as the read models have them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.naming import named
from mendline.command_line.options import During, Limit, Requests, SendDevice, Since, Until, between, most_rows
from mendline.command_line.output import Format, Output, Shape, print_facts, print_rows, say
from mendline.settings import Settings
from projections import queries
from projections.sends import SendRow

COLUMNS = ("request_id", "device_id", "recipient", "campaign", "state", "reason", "until", "attempts", "decided_at")
SHAPE = Shape(COLUMNS, "{request_id}", tuple(field.name for field in fields(SendRow)))
MOST_NAMESAKES = 1000


class State(StrEnum):
    """A send's state, as the read model has it (docs/reading.md)."""

    WAITING = "waiting"
    ATTEMPTING = "attempting"
    RECONCILING = "reconciling"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    RESOLVED = "resolved"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


def show(context: typer.Context, sends: Requests, device: SendDevice = None, output: Output = Format.TABLE) -> None:
    """Show the sends of these ids as the read models have them."""
    ids, many = named(sends)
    found = asyncio.run(_found(context.obj, ids, device))
    if many or len(found) > 1:
        print_rows(found, SHAPE, output)
    elif found:
        print_facts(found[0], output, SHAPE.id)
    if missing := sorted(set(ids) - {row["request_id"] for row in found}):
        raise NotFoundError(f"no send is called {', '.join(missing)}: `mendline send list` shows the latest")


def list_(
    context: typer.Context,
    device: SendDevice = None,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="Only this campaign's.")] = None,
    since: Since = None,
    until: Until = None,
    during: During = None,
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List sends, newest first; times are those of their fates."""
    (begin, end), most = between(since, until, during), most_rows(limit, output)
    wanted = {"device_id": device, "state": state, "campaign": campaign, "since": begin, "until": end}
    rows = asyncio.run(_listed(context.obj, **wanted, limit=most))
    print_rows(rows, SHAPE, output)
    if not rows:
        say("no send is like that")
    if len(rows) == most:
        say(f"there may be more: --until {rows[-1]['decided_at'].isoformat()} goes on, --limit shows more at once")


async def _found(settings: Settings, ids: Sequence[str], device: str | None) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        found = [
            await queries.sends(connection, request_id=each, device_id=device, limit=MOST_NAMESAKES) for each in ids
        ]
    return [_row(send) for sends in found for send in sends]


async def _listed(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        return [_row(send) for send in await queries.sends(connection, **wanted)]


def _row(send: SendRow) -> dict[str, Any]:
    return asdict(send) | {"body": orjson.loads(send.body)}
