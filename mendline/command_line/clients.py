"""`mendline client show` and `list`: the clients as the read model has them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Annotated, Any

import typer

from mendline.command_line.client import ID, Clients
from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.naming import named
from mendline.command_line.options import Limit, most_rows
from mendline.command_line.output import Format, Output, Shape, print_facts, print_rows, say
from mendline.settings import Settings
from projections import queries
from projections.clients import Client

COLUMNS = ("client_id", "name", "email", "phone", "company", "user_id", "state", "reason", "created_at")
FIELDS = tuple(field.name for field in fields(Client))


class State(StrEnum):
    """A client's state, as the read model has it (docs/reading.md)."""

    CREATING = "creating"
    LIVE = "live"
    CHANGING = "changing"
    REJECTED = "rejected"
    REMOVING = "removing"
    REMOVED = "removed"


def show(context: typer.Context, clients: Clients, output: Output = Format.TABLE) -> None:
    """Show CLIENTs as the read model has them."""
    ids, many = named(clients)
    found = asyncio.run(_found(context.obj, ids))
    if many:
        print_rows(found, Shape(COLUMNS, ID, FIELDS), output)
    elif found:
        print_facts(found[0], output, ID)
    if missing := set(ids) - {row["client_id"] for row in found}:
        raise NotFoundError(f"no client is called {', '.join(sorted(missing))}: `mendline client list` shows them")


def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only who has it.")] = None,
    after: Annotated[str, typer.Option(metavar="CLIENT", help="Only those behind this one.")] = "",
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List the clients by id; removed and rejected ones only with --state."""
    most = most_rows(limit, output)
    rows = asyncio.run(_listed(context.obj, state=state, email=email, after=after, limit=most))
    print_rows(rows, Shape(COLUMNS, ID, FIELDS), output)
    if not rows:
        say("no client is like that: `mendline client add` adds one")
    if len(rows) == most:
        say(f"there may be more: --after {rows[-1]['client_id']} goes on, --limit shows more at once")


async def _found(settings: Settings, ids: Sequence[str]) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        found = [await queries.client(connection, client_id) for client_id in ids]
    return [asdict(client) for client in found if client is not None]


async def _listed(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        return [asdict(client) for client in await queries.clients(connection, **wanted)]
