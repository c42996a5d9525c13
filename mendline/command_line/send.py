"""`mendline send`: send a text through a device."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
import typer

from mendline.command_line.asking import Manner, ask
from mendline.command_line.options import Device, RequestId, Timeout, Wait, duration, moment
from mendline.command_line.output import Format, Output
from schemas.device.check import parse_request


def send(
    context: typer.Context,
    device: Device,
    to: Annotated[str, typer.Argument(metavar="TO", help="The recipient, as the platform names it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text; - reads it from stdin.")],
    request_id: RequestId = None,
    not_before: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="Not earlier than 2026-11-23T15:30.")
    ] = None,
    expires_in: Annotated[
        timedelta | None, typer.Option(metavar="TIME", parser=duration, help="Give up after 90s, 10m, 2h or 1d.")
    ] = None,
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="The campaign it belongs to.")] = None,
    wait: Wait = False,
    timeout: Timeout = 60,
    output: Output = Format.TABLE,
) -> None:
    """Send TEXT to TO through DEVICE; --wait follows it until it has left, or is known not to."""
    expires_at = datetime.now(UTC) + expires_in if expires_in else None
    asked = {
        "to": to,
        "body": {"text": sys.stdin.read() if text == "-" else text},
        "campaign": campaign,
        "not_before": not_before,
        "expires_at": expires_at,
    }
    request = parse_request("send_requested", orjson.loads(orjson.dumps(asked)))
    ask(context.obj, device, request, Manner(timeout if wait else None, output, request_id))
