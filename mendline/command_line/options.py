"""Arguments and options that commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from schemas.marks import ID_PATTERN

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def checked_id(value: str) -> str:
    """An id as the log takes it."""
    if re.fullmatch(ID_PATTERN, value) is None:
        raise typer.BadParameter(f"{value[:60]!r} is no id: use 1 to 128 of A-Z a-z 0-9 . _ : @ + / = -")
    return value


def moment(value: str) -> datetime:
    """A time as people write it; without an offset it is local."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is no time: write 2026-11-23T15:30 or 2026-11-23T15:30+07:00") from error


def duration(value: str) -> timedelta:
    """A length of time as people write it: 90s, 10m, 1.5h, 2d."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value)
    if match is None:
        raise typer.BadParameter(f"{value!r} is no length of time: write 90s, 10m, 1.5h or 2d")
    return timedelta(seconds=float(match[1]) * SECONDS[match[2]])


Device = Annotated[str, typer.Argument(metavar="DEVICE", parser=checked_id, help="The device's id.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for what becomes of it.")]
WaitByDefault = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is decided.")]
Timeout = Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="How long to wait.")]
RequestId = Annotated[
    str | None,
    typer.Option(metavar="ID", parser=checked_id, help="Names the request: published twice, it is done once."),
]
