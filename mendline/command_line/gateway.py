"""`mendline gateway`: one node of the HTTP API, until Ctrl-C."""

from __future__ import annotations

import typer

from mendline.access import await_access
from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.data_folder import DataFolder
from mendline.event_loop import run_until_done
from mendline.garbage import collect_seldom
from mendline.running import kafka_cluster, postgres_address
from mendline.settings import Settings, api_address
from mendline.stopping import end_on_sigterm, stop_signal


def gateway(context: typer.Context) -> None:
    """Answer the HTTP API on MENDLINE_API_HOST and MENDLINE_API_PORT, until Ctrl-C. Any number may run."""
    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings)
    say(f"starting the API on {api_address(settings.api_host, settings.api_port)}")
    run_until_done(_run(settings))


async def _run(settings: Settings) -> None:
    from mendline.gateway.serving import Place, serve  # other commands start faster without it

    collect_seldom()
    cluster = kafka_cluster(settings)
    await await_access(cluster)
    who = DataFolder(settings.data).identity(settings)
    place = Place(cluster, postgres_address(settings), who.installation_key, who.installation_id)
    await serve(settings, place, stop_signal())
