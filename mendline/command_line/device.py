"""`mendline device`: add, change, park, resume and remove devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from mendline.command_line.answers import Manner
from mendline.command_line.asking import ask_same
from mendline.command_line.confirming import confirm
from mendline.command_line.naming import named
from mendline.command_line.options import (
    Devices,
    DryRun,
    Reason,
    RequestId,
    Timeout,
    WaitByDefault,
    Yes,
    future,
    seconds,
)
from mendline.command_line.output import Format, Output, say
from mendline.command_line.touched import removal_question
from streams.drivers.catalogue import DRIVERS

Driver = Annotated[str, typer.Option(metavar="NAME", help=f"What talks to it: {', '.join(DRIVERS)}.")]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="What people call it.")]
Credential = Annotated[str | None, typer.Option(metavar="NAME", help="A credential's name in the settings.")]
PaceMin = Annotated[
    float | None, typer.Option(metavar="LENGTH", parser=seconds, help="Shortest pause after a send: 2s, 1.5s.")
]
PaceMax = Annotated[
    float | None,
    typer.Option(metavar="LENGTH", parser=seconds, help="Longest pause; of a new device else the shortest."),
]
ParkedUntil = Annotated[
    datetime | None, typer.Option(metavar="TIME", parser=future, help="Resume by itself: 2h (from now), a date.")
]


def add(
    context: typer.Context,
    devices: Devices,
    driver: Driver,
    name: Name = "",
    credential: Credential = None,
    pace_min: PaceMin = 0,
    pace_max: PaceMax = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Add DEVICEs to the fleet."""
    data = {
        "driver": driver,
        "name": name,
        "credential": credential,
        "pace_min_s": pace_min,
        "pace_max_s": pace_min if pace_max is None else pace_max,
    }
    manner = Manner(timeout if wait else None, output, request_id, dry=dry_run)
    ask_same(context.obj, named(devices), "device_registration_requested", data, manner)


def change(
    context: typer.Context,
    devices: Devices,
    name: Name = None,
    credential: Credential = None,
    pace_min: PaceMin = None,
    pace_max: PaceMax = None,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Change what DEVICEs are called, their credential or their pace; what is not given stays."""
    data = {"name": name, "credential": credential, "pace_min_s": pace_min, "pace_max_s": pace_max}
    if not any(value is not None for value in data.values()):
        raise typer.BadParameter("nothing is to be changed: give --name, --credential, --pace-min or --pace-max")
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_same(context.obj, named(devices), "device_change_requested", data, manner)


def park(
    context: typer.Context,
    devices: Devices,
    reason: Reason = None,
    until: ParkedUntil = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Stop sending on DEVICEs; their sends wait in order, --until then or until they are resumed."""
    data = {"until": until} | ({"reason": reason} if reason else {})
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_same(context.obj, named(devices), "device_park_requested", data, manner)


def resume(
    context: typer.Context,
    devices: Devices,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Let parked DEVICEs go on."""
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_same(context.obj, named(devices), "device_resume_requested", {}, manner)


def remove(
    context: typer.Context,
    devices: Devices,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Take DEVICEs out of the fleet; their waiting sends are cancelled. Asks first: it cannot be undone."""
    wanted = named(devices)
    if wanted.ids and (dry_run or not yes):
        question = removal_question(context.obj, wanted.ids)
        say(question) if dry_run else confirm(question, yes=yes)
    manner = Manner(timeout if wait else None, output, request_id, reason, dry=dry_run)
    ask_same(context.obj, wanted, "device_removal_requested", {}, manner)
