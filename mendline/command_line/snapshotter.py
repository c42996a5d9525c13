"""`mendline snapshotter`: writes snapshots of the events partitions, until Ctrl-C."""

from __future__ import annotations

import typer

from mendline.access import await_access
from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.event_loop import run_until_done
from mendline.running import kafka_cluster
from mendline.settings import Settings
from mendline.stopping import end_on_sigterm, stop_signal
from schemas.cluster import Cluster


def snapshotter(context: typer.Context) -> None:
    """Write snapshots that workers begin with, instead of folding the whole log of MENDLINE_KAFKA, until Ctrl-C."""
    settings: Settings = context.obj
    end_on_sigterm()
    write_logs(settings)
    cluster = kafka_cluster(settings)
    say(f"snapshotter on {cluster.bootstrap}, every {settings.snapshot_every_events:,} events of a partition")
    run_until_done(_run(settings, cluster))


async def _run(settings: Settings, cluster: Cluster) -> None:
    from mendline.snapshotter import run_snapshotter  # other commands start faster without it

    await await_access(cluster)
    await run_snapshotter(settings, cluster, stop_signal())
