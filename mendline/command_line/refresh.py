"""`mendline refresh`: mend a device's link."""

from __future__ import annotations

import typer

from mendline.command_line.asking import Manner, ask
from mendline.command_line.options import Device, RequestId, Timeout, Wait
from mendline.command_line.output import Format, Output
from schemas.device.requests import RefreshRequested


def refresh(
    context: typer.Context,
    device: Device,
    request_id: RequestId = None,
    wait: Wait = False,
    timeout: Timeout = 60,
    output: Output = Format.TABLE,
) -> None:
    """Mend DEVICE's link; a healthy one is left alone."""
    ask(context.obj, device, RefreshRequested(), Manner(timeout if wait else None, output, request_id))
