"""`mendline projector`: keeps the read models level, until Ctrl-C."""

from __future__ import annotations

import asyncio

import typer

from mendline.access import await_access
from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.event_loop import run_until_done
from mendline.running import kafka_cluster, postgres_address
from mendline.settings import Settings
from mendline.stopping import end_on_sigterm, stop_signal
from projections.migrations import migrate
from projections.patience import Patience, is_away
from projections.projector import run_projector
from schemas.cluster import Cluster
from schemas.topics import Topics


def projector(context: typer.Context) -> None:
    """Keep the tables of MENDLINE_POSTGRES level with the log of MENDLINE_KAFKA, until Ctrl-C."""
    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings)
    cluster, postgres = kafka_cluster(settings), postgres_address(settings)
    say(f"projector on {cluster.bootstrap}")
    run_until_done(_run(settings, cluster, postgres))


async def _run(settings: Settings, cluster: Cluster, postgres: str) -> None:
    await await_access(cluster)
    # Other commands start faster without these.
    from mendline.telemetry.projector import ProjectorTelemetry
    from mendline.telemetry.serving import serving
    from mendline.telemetry.tracing import tracing
    from mendline.telemetry.watches import Watches

    stop = stop_signal()
    topics, size = Topics(settings.topic_prefix), settings.projector_connections
    telemetry = ProjectorTelemetry(settings.ready_lag_s)
    async with serving(settings, telemetry), tracing(topics) as traces:
        watch = Watches(*[telemetry] * bool(settings.metrics_port), *traces.watches())
        if await migrated(postgres, stop):
            await run_projector(cluster, postgres, topics, stop=stop, pool_size=size, watch=watch)


async def migrated(postgres: str, stop: asyncio.Event) -> bool:
    """Bring the database to this program's schema version, waiting while it is away; False if stopped before."""
    patience = Patience("the projector")
    while not stop.is_set():
        try:
            await migrate(postgres)
        except Exception as error:
            if not is_away(error):
                raise
            await patience.wait(error, stop)
        else:
            patience.succeeded()
            return True
    return False
