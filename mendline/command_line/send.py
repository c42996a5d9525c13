"""`mendline send`: send a text through a device."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import orjson
import typer

from mendline.command_line.answers import BY_SEND, Manner
from mendline.command_line.asking import ask
from mendline.command_line.options import Device, DryRun, RequestId, Timeout, Wait, future
from mendline.command_line.output import Format, Output
from schemas.device.check import parse_request


def send(
    context: typer.Context,
    device: Device,
    to: Annotated[str, typer.Argument(metavar="TO", help="The recipient, as the platform names it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.")],
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
    """Send TEXT to TO through DEVICE; --wait follows it until it has left, or is known not to."""
    asked = {
        "to": to,
        "body": {"text": sys.stdin.read() if text == "-" else text},
        "campaign": campaign,
        "not_before": not_before,
        "expires_at": expires,
    }
    request = parse_request("send_requested", orjson.loads(orjson.dumps(asked)))
    ask(context.obj, device, request, Manner(timeout if wait else None, output, request_id, id=BY_SEND, dry=dry_run))
