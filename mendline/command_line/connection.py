"""`mendline connection`: people's connections to the hub, as the read model has them, and ending one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Annotated, Any

import typer

from mendline.command_line.answers import Manner
from mendline.command_line.asking import ask_same
from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.naming import id_or_stdin, named
from mendline.command_line.options import DryRun, Limit, Reason, RequestId, Timeout, WaitByDefault, most_rows
from mendline.command_line.output import Format, Output, Shape, print_facts, print_rows, say
from mendline.settings import Settings
from projections import queries
from projections.user_connections import UserConnection
from schemas.topics import CONNECTION

ID = "{user_id}"
COLUMNS = ("user_id", "connection", "node", "kind", "since", "last_seen", "groups", "ended_at", "why")
FIELDS = tuple(field.name for field in fields(UserConnection))
Users = Annotated[
    list[str], typer.Argument(metavar="USER", parser=id_or_stdin, help="Ids of users; - reads them from stdin.")
]


def list_(
    context: typer.Context,
    node: Annotated[str | None, typer.Option(metavar="ID", help="Only those on this node of the hub.")] = None,
    live: Annotated[
        bool | None, typer.Option("--live/--ended", help="Only live ones, or only ended ones; else both.")
    ] = None,
    after: Annotated[str, typer.Option(metavar="USER", help="Only those of users behind this one.")] = "",
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List each user's live connection, or the last one, by user."""
    most = most_rows(limit, output)
    rows = asyncio.run(_listed(context.obj, node=node, live=live, after=after, limit=most))
    print_rows(rows, Shape(COLUMNS, ID, FIELDS), output)
    if not rows:
        say("no connection is like that: people connect through `mendline hub`")
    if len(rows) == most:
        say(f"there may be more: --after {rows[-1]['user_id']} goes on, --limit shows more at once")


def show(context: typer.Context, users: Users, output: Output = Format.TABLE) -> None:
    """Show USERs' live connections, or the last ones."""
    ids, many = named(users)
    found = asyncio.run(_found(context.obj, ids))
    if many:
        print_rows(found, Shape(COLUMNS, ID, FIELDS), output)
    elif found:
        print_facts(found[0], output, ID)
    if missing := set(ids) - {row["user_id"] for row in found}:
        raise NotFoundError(f"{', '.join(sorted(missing))} never connected: `mendline connection list` shows who did")


def disconnect(
    context: typer.Context,
    users: Users,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """End USERs' live connections; their clients do not come back by themselves, but people may."""
    manner = Manner(timeout if wait else None, output, request_id, reason, id=ID, dry=dry_run, stream=CONNECTION)
    ask_same(context.obj, named(users), "connection_close_requested", {"why": "disconnected"}, manner)


async def _found(settings: Settings, ids: Sequence[str]) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        found = [each for user in ids for each in await queries.user_connections(connection, user=user)]
    return [asdict(each) for each in found]


async def _listed(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    async with opened(settings) as connection:
        return [asdict(each) for each in await queries.user_connections(connection, **wanted)]
