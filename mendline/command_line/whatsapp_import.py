"""`mendline whatsapp import`: which sessions of another program on whatsmeow can be used here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mendline.command_line.naming import checked_id
from mendline.command_line.output import Format, Output

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The other program's database: an SQLite file, or postgresql://…")
]
Prefix = Annotated[
    str, typer.Option(metavar="TEXT", parser=checked_id, help="What device ids begin with, before the number.")
]
Mapping = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV with jid,device_id: only these sessions, as these devices.")
]


def import_(
    context: typer.Context,
    source: Source,
    device_prefix: Prefix = "whatsapp-",
    mapping: Mapping = None,
    output: Output = Format.TABLE,
) -> None:
    """Tell which WhatsApp sessions of SOURCE can be used here, and why the others cannot; it only reads."""
    from mendline.command_line.whatsapp_sessions import found, tell

    tell(found(context.obj, source, device_prefix, mapping), output)
