"""`mendline up`: the whole of Mendline on this machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.embedded.presence import check_servers
from mendline.settings import Settings, default_whatsapp_cache
from mendline.stopping import end_on_sigterm
from mendline.whatsapp.build import build

if TYPE_CHECKING:
    from mendline.whole import Fleet

WHATSAPP = "whatsapp"
LOG = "worker.log"
"""In the data folder, beside those of the other parts: the worker is in this process."""


def up(
    context: typer.Context,
    fleet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Simulated fleet, TOML (docs/drivers); whatsapp: a stand-in.")
    ] = None,
    devices: Annotated[int, typer.Option(min=3, help="Size of the simulated fleet without --fleet.")] = 300,
) -> None:
    """Run broker, database, simulated fleet, projector, snapshotter, worker, API and hub here, until Ctrl-C."""
    check_servers()
    from mendline.whole import run_whole  # other commands start faster without it

    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings, settings.data / LOG)
    run_whole(settings, _fleet(settings, fleet, devices), say)


def _fleet(settings: Settings, fleet: Path | None, devices: int) -> Fleet:
    from mendline.whole import fleet_arguments  # as above

    if fleet == Path(WHATSAPP):
        return build(default_whatsapp_cache(), say)
    described = ("--fleet", str(fleet.absolute())) if fleet else ("--demo", str(devices))
    return fleet_arguments(settings, *described)
