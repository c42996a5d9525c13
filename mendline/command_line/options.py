"""Arguments and options that commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from mendline.command_line import times
from mendline.command_line.naming import checked_id, id_or_stdin
from mendline.command_line.output import Format
from mendline.command_line.times import Period, TimeUnreadableError

T = TypeVar("T")
ROWS_FOR_PEOPLE, MOST_ROWS = 100, 1_000_000


def past(value: str) -> datetime:
    """A time as people write it when they look back: `15m` is a quarter of an hour ago."""
    return _read(times.past, value, datetime.now(UTC))


def future(value: str) -> datetime:
    """A time as people write it when they plan: `15m` is in a quarter of an hour."""
    return _read(times.future, value, datetime.now(UTC))


def period(value: str) -> Period:
    """A range of time as people write it when they look back."""
    return _read(times.period, value, datetime.now(UTC))


def seconds(value: str | float) -> float:
    """A length of time as people write it; a bare number is seconds."""
    text = str(value)
    bare = re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII)
    return float(text) if bare else _read(times.length, text).total_seconds()


def patience(value: str | float) -> float:
    """How long to wait: some time at least."""
    if not (found := seconds(value)):
        raise typer.BadParameter("no time is too short to wait: write 90s or 15m")
    return found


def most_rows(limit: int | None, output: Format) -> int:
    """How many rows to ask for at most: what a program reads is not cut where nobody said so."""
    return limit or (ROWS_FOR_PEOPLE if output is Format.TABLE else MOST_ROWS)


def between(since: datetime | None, until: datetime | None, during: Period | None) -> Period:
    """The stretch of time that an answer is limited to."""
    if during is None:
        return Period(since, until)
    if since or until:
        raise typer.BadParameter("--during says both ends: leave --since and --until out")
    return during


def _read(read: Callable[..., T], *given: object) -> T:
    try:
        return read(*given)
    except TimeUnreadableError as error:
        raise typer.BadParameter(str(error)) from error


Device = Annotated[str, typer.Argument(metavar="DEVICE", parser=checked_id, help="The device's id.")]
Devices = Annotated[
    list[str], typer.Argument(metavar="DEVICE", parser=id_or_stdin, help="Ids of devices; - reads them from stdin.")
]
Requests = Annotated[
    list[str], typer.Argument(metavar="SEND", parser=id_or_stdin, help="Ids of sends; - reads them from stdin.")
]
SendDevice = Annotated[
    str | None, typer.Option("--device", metavar="DEVICE", parser=checked_id, help="Only sends through this device.")
]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for whoever looks later.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for what becomes of it.")]
WaitByDefault = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is decided.")]
Timeout = Annotated[float, typer.Option(metavar="LENGTH", parser=patience, help="How long to wait: 90s, 15m.")]
RequestId = Annotated[
    str | None,
    typer.Option(metavar="ID", parser=checked_id, help="Names the request: published twice, it is done once."),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_ROWS, show_default=False, help="No more than so many; else 100 in a table, and else all."
    ),
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", "--from", metavar="TIME", parser=past, help="Not what came before: 15m (ago), a date."),
]
Until = Annotated[datetime | None, typer.Option(metavar="TIME", parser=past, help="Only what came before.")]
During = Annotated[
    Period | None,
    typer.Option(metavar="RANGE", parser=period, help="Both at once: 2h..1h, 2026-11-23 (that day), yesterday."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking whether to.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be asked for.")]
