"""`mendline projector`: keeps the read models level, until Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import signal

import typer
import uvloop

from mendline.command_line.output import say
from mendline.running import kafka_address, postgres_address
from mendline.settings import Settings
from projections.migrations import migrate
from projections.projector import run_projector
from schemas.topics import Topics


def projector(context: typer.Context) -> None:
    """Keep the tables of MENDLINE_POSTGRES level with the log of MENDLINE_KAFKA, until Ctrl-C."""
    settings: Settings = context.obj
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    kafka, postgres = kafka_address(settings), postgres_address(settings)
    say(f"projector on {kafka}")
    uvloop.run(_run(settings, kafka, postgres))


async def _run(settings: Settings, kafka: str, postgres: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await migrate(postgres)
    topics = Topics(settings.topic_prefix)
    await run_projector(kafka, postgres, topics, stop=stop, pool_size=settings.projector_connections)
