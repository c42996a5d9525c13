"""`mendline key list`: every key that was ever made, read from the log itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import typer

from mendline.access import accessible_cluster
from mendline.command_line.options import Limit, most_rows
from mendline.command_line.output import Format, Output, Shape, print_rows, say
from mendline.keys import known_keys
from mendline.settings import Settings
from schemas.topics import Topics
from streams.gateway.keyring import KnownKey

COLUMNS = ("key_id", "name", "scopes", "state", "created_at", "created_by", "revoked_at", "revoked_by")


class State(StrEnum):
    """Whether a key lets anybody in."""

    LIVE = "live"
    REVOKED = "revoked"


def list_(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List the keys of the HTTP API, the oldest first: what each may, who made it, who revoked it. Not the keys."""
    most = most_rows(limit, output)
    rows = list(islice((row for row in _rows(context.obj) if state in (None, row["state"])), most))
    print_rows(rows, Shape(COLUMNS, "{key_id}"), output)
    if not rows:
        say("no key is like that: `mendline key make` makes one")
    if len(rows) == most:
        say("there may be more: --limit shows more at once")


def _rows(settings: Settings) -> Iterator[dict[str, Any]]:
    for key in asyncio.run(_known(settings)):
        row = key._asdict() | {"state": State.REVOKED if key.revoked_at else State.LIVE, "scopes": list(key.scopes)}
        yield {column: row[column] for column in COLUMNS}


async def _known(settings: Settings) -> Sequence[KnownKey]:
    return await known_keys(await accessible_cluster(settings), Topics(settings.topic_prefix))
