"""`mendline device pair` and `unpair`: a phone is shown a code, and what came of it is told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mendline.command_line.answers import Manner, Wish
from mendline.command_line.asking import ask_each, ask_same, checked
from mendline.command_line.naming import named
from mendline.command_line.options import Device, Devices, DryRun, Reason, RequestId, Timeout, WaitByDefault
from mendline.command_line.output import Format, Output


class Method(StrEnum):
    """How the phone is shown which device is meant."""

    QR = "qr"
    CODE = "code"


def pair(
    context: typer.Context,
    device: Device,
    method: Annotated[Method, typer.Option(help="A QR code to scan, or a code to type on --phone.")] = Method.QR,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="The phone on which a code is typed.")] = None,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 240,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Pair DEVICE with a phone: shows the QR code to scan, or the code to type, until the phone answers."""
    from mendline.command_line.signals import shown_signals  # it draws, which few commands do

    request = checked("device_pairing_requested", {"method": method.value, "phone": phone})
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_each(context.obj, [Wish(device, request)], manner, beside=shown_signals(device) if wait else None)


def unpair(
    context: typer.Context,
    devices: Devices,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Log DEVICEs out of their phones, or end their pairings; their history stays, their sends wait."""
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_same(context.obj, named(devices), "device_unpairing_requested", {}, manner)
