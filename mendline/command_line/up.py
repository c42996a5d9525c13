"""`mendline up`: the whole of Mendline on this machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from mendline.command_line.output import say
from mendline.settings import Settings
from mendline.whole import Servers, at_work, fleet_arguments, open_servers, until_stopped


def up(
    context: typer.Context,
    fleet: Annotated[Path | None, typer.Option(metavar="FILE", help="Simulated fleet, TOML (docs/drivers).")] = None,
    devices: Annotated[int, typer.Option(min=3, help="Size of the simulated fleet without --fleet.")] = 300,
) -> None:
    """Run broker, database, simulated fleet, projector and worker on this machine, until Ctrl-C."""
    settings: Settings = context.obj
    described = ("--fleet", str(fleet.absolute())) if fleet else ("--demo", str(devices))
    with open_servers(settings, fleet_arguments(settings, *described), say) as servers:
        uvloop.run(_work(settings, servers))


async def _work(settings: Settings, servers: Servers) -> None:
    async with at_work(settings, servers, say) as whole:
        say(f"Mendline runs. Kafka: {servers.addresses.kafka}. Data: {settings.data}. Ctrl-C ends it.")
        say("Try, in another terminal: mendline device add phone-00001 --driver simulated-repeatable")
        await until_stopped(whole)
        say("giving partitions up")
