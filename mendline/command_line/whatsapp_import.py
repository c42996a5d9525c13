"""`mendline whatsapp import`: which sessions of another program on whatsmeow can be used here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mendline.command_line.naming import checked_id
from mendline.command_line.options import Reason, Timeout, Yes
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
Apply = Annotated[
    bool, typer.Option("--apply", help="Copy what is usable, and make each a device that is paired with its session.")
]


def import_(
    context: typer.Context,
    source: Source,
    device_prefix: Prefix = "whatsapp-",
    mapping: Mapping = None,
    apply: Apply = False,
    reason: Reason = None,
    timeout: Timeout = 60,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Tell which WhatsApp sessions of SOURCE can be used here, and why the others cannot; --apply takes them over.

    What can be used is copied then, never over a session that is there, and paired. SOURCE is only read.
    """
    from mendline.command_line.whatsapp_sessions import Using, found, tell, use

    report = found(context.obj, source, device_prefix, mapping)
    if apply:
        use(context.obj, source, report, Using(timeout, output, reason, agreed=yes))
    else:
        tell(report, output)
