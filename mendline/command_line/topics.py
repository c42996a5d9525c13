"""`mendline topics`: make the topics that are missing."""

from __future__ import annotations

import asyncio

import typer

from mendline.command_line.output import say
from mendline.running import kafka_address
from mendline.settings import Settings
from mendline.topics import Size, ensure_topics, planned_topics
from schemas.topics import Topics


def topics(context: typer.Context) -> None:
    """Make the topics that the brokers of MENDLINE_KAFKA lack; those that are there stay as they are."""
    settings: Settings = context.obj
    plans = planned_topics(Topics(settings.topic_prefix))
    size = Size(partitions=settings.partitions, replication=settings.replication)
    asyncio.run(ensure_topics(kafka_address(settings), plans, size))
    say(f"{len(plans)} topics are there; `mendline doctor` looks at how they are set up")
