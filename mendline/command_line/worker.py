"""`mendline worker`: one worker against real servers, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal

import typer
import uvloop

from mendline.command_line.logs import write_logs
from mendline.command_line.output import say
from mendline.data_folder import DataFolder
from mendline.running import kafka_address
from mendline.settings import Settings
from mendline.worker import Site, run_worker, simulator_socket


def worker(context: typer.Context) -> None:
    """Run one worker against the brokers of MENDLINE_KAFKA, until Ctrl-C. Each needs a data folder of its own."""
    settings: Settings = context.obj
    write_logs(settings.log_level)
    kafka = kafka_address(settings)
    folder = DataFolder(settings.data)
    with folder.lock():
        site = Site(kafka, simulator_socket(settings), folder.identity(settings))
        say(f"worker {site.installation.instance_id} on {kafka}")
        uvloop.run(_run(settings, site))


async def _run(settings: Settings, site: Site) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(settings, site, stop)
