"""`mendline send`: send a text through a device, or all that a campaign's file says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mendline.campaign.file import check_times
from mendline.command_line.answers import BY_SEND, Manner
from mendline.command_line.asking import ask, checked
from mendline.command_line.campaign_file import send_file
from mendline.command_line.naming import checked_id, text_from_stdin
from mendline.command_line.options import DryRun, RequestId, Timeout, Wait, future
from mendline.command_line.output import Format, Output
from schemas.device.requests import SendRequested


def send(
    context: typer.Context,
    device: Annotated[
        str | None, typer.Argument(metavar="DEVICE", parser=checked_id, help="The device's id.", show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Argument(metavar="TO", help="The recipient, as the platform names it.", show_default=False)
    ] = None,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="X.csv", help="All sends of a campaign: CSV with device, to, text (docs/campaigns.md)."),
    ] = None,
    request_id: RequestId = None,
    not_before: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=future, help="Not earlier: 15m (from now), a date.")
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            "--expires", "--expires-in", metavar="TIME", parser=future, help="Not later: 2h (from now), a date."
        ),
    ] = None,
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="The campaign it belongs to.")] = None,
    wait: Wait = False,
    timeout: Timeout = 60,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Send TEXT to TO through DEVICE; --wait follows it until it has left, or is known not to.

    With --file and --campaign instead: ask for every send of a file, once, however often the command is given.
    """
    if file is not None:
        if device or request_id or not_before or expires or wait:
            raise typer.BadParameter("a file says who gets what and when: only --campaign and --dry-run go with it")
        send_file(context.obj, file, campaign, output, dry_run=dry_run)
        return
    if device is None or to is None or text is None:
        missing = "DEVICE" if device is None else "TO" if to is None else "TEXT"
        raise typer.BadParameter(f"Missing argument '{missing}' (or give --file X.csv --campaign NAME).")
    asked = {
        "to": to,
        "body": {"text": text_from_stdin() if text == "-" else text},
        "campaign": campaign,
        "not_before": not_before,
        "expires_at": expires,
    }
    request = checked(SendRequested.type, asked)
    if isinstance(request, SendRequested):
        check_times(request)
    ask(context.obj, device, request, Manner(timeout if wait else None, output, request_id, id=BY_SEND, dry=dry_run))
