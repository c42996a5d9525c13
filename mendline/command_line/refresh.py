"""`mendline refresh`: mend a device's link."""

from __future__ import annotations

import typer

from mendline.command_line.answers import Manner, Wish
from mendline.command_line.asking import ask_each
from mendline.command_line.naming import named
from mendline.command_line.options import Devices, DryRun, Reason, RequestId, Timeout, Wait
from mendline.command_line.output import Format, Output
from schemas.device.requests import RefreshRequested


def refresh(
    context: typer.Context,
    devices: Devices,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: Wait = False,
    timeout: Timeout = 60,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Mend DEVICEs' links; healthy ones are left alone."""
    wanted = named(devices)
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run).of(wanted)
    ask_each(context.obj, [Wish(device_id, RefreshRequested()) for device_id in wanted.ids], manner)
