"""`mendline hub`: one node of the hub, to which browsers connect, until Ctrl-C."""

from __future__ import annotations

import typer

from mendline.access import await_access
from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.data_folder import DataFolder
from mendline.event_loop import run_until_done
from mendline.garbage import collect_seldom
from mendline.running import kafka_cluster, known_postgres
from mendline.settings import Settings, hub_address
from mendline.stopping import end_on_sigterm, stop_signal


def hub(context: typer.Context) -> None:
    """Hold people's live connections on MENDLINE_HUB_HOST and MENDLINE_HUB_PORT, until Ctrl-C. Any number may run."""
    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings)
    say(f"starting the hub on {settings.hub_host}:{settings.hub_port}; clients reach it at {hub_address(settings)}/ws")
    run_until_done(_run(settings))


async def _run(settings: Settings) -> None:
    from mendline.hub.serving import Place, serve  # other commands start faster without it

    collect_seldom()
    cluster = kafka_cluster(settings)
    await await_access(cluster)
    place = Place(cluster, DataFolder(settings.data).identity(settings), known_postgres(settings))
    await serve(settings, place, stop_signal)
