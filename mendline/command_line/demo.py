"""`mendline demo`: the main job, shown and proven on this machine."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Output
from mendline.embedded.presence import check_servers
from mendline.stopping import end_on_sigterm

REQUESTS = 30_000


class FleetName(StrEnum):
    """What stands where real devices would."""

    SIMULATED = "simulated"
    WHATSAPP = "whatsapp"


def demo(
    context: typer.Context,
    requests: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own sends: JSON lines or CSV with device, to, text.")
    ] = None,
    fleet: Annotated[
        FleetName, typer.Option(help="whatsapp: real sessions of whatsmeow, to a stand-in for WhatsApp's server.")
    ] = FleetName.SIMULATED,
    devices: Annotated[
        int | None, typer.Option(min=3, max=100_000, help="Size of the fleet: 3000 simulated ones, 50 of WhatsApp.")
    ] = None,
    sends: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="How many to publish: 30000, to WhatsApp 2000.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it all running, to look around, until Ctrl-C.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Send through a fleet that drops, on real servers, and prove from the log what happened."""
    check_servers()
    from mendline.command_line import demonstration  # other commands start faster without it

    end_on_sigterm()
    whatsapp = fleet is FleetName.WHATSAPP
    if requests is not None and whatsapp:
        raise typer.BadParameter("has requests of its own", param_hint="--requests with --fleet whatsapp")
    if requests is not None:
        story = demonstration.from_file(requests)
    elif whatsapp:
        story = demonstration.made_for_whatsapp(devices or 50, sends or 2000)
    else:
        story = demonstration.made(devices or 3000, sends or REQUESTS)
    if not demonstration.run(context.obj, story, keep=keep, output=output):
        raise typer.Exit(ExitCode.FAILED)
