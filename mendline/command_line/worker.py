"""`mendline worker`: one worker against real servers, until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mendline.access import await_access
from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.data_folder import DataFolder
from mendline.event_loop import run_until_done
from mendline.running import kafka_cluster
from mendline.settings import Settings
from mendline.stopping import end_on_sigterm

if TYPE_CHECKING:
    from mendline.worker import Site


def worker(context: typer.Context) -> None:
    """Run one worker against the brokers of MENDLINE_KAFKA, until Ctrl-C. Each needs a data folder of its own."""
    from mendline.worker import (
        Site,
        simulator_socket,
        wanted_drivers,
    )  # other commands start faster without it

    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings)
    cluster = kafka_cluster(settings)
    folder = DataFolder(settings.data)
    with folder.lock():
        site = Site(cluster, simulator_socket(settings), folder.identity(settings))
        say(f"worker {site.installation.instance_id} on {cluster.bootstrap}")
        simulated = any(name.startswith("simulated") for name in wanted_drivers(settings))
        if simulated and not site.simulator.exists():
            say(
                f"waiting for a simulated fleet at {site.simulator}: start one, or leave it out: "
                "MENDLINE_DRIVERS=wablas (docs/operating.md)"
            )
        run_until_done(_run(settings, site))


async def _run(settings: Settings, site: Site) -> None:
    from mendline.worker import run_worker  # as above

    await await_access(site.cluster)
    await run_worker(settings, site)
