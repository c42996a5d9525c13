"""`mendline topics`: make the topics that are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import typer

from mendline.access import accessible_cluster
from mendline.command_line.output import Format, Output, Shape, print_rows, say
from mendline.settings import Settings
from mendline.topics import Size, TopicPlan, ensure_topics, planned_topics
from schemas.topics import Topics

SHAPE = Shape(columns=("topic",), id="{topic}")


def topics(context: typer.Context, output: Output = Format.TABLE) -> None:
    """Make the topics that the brokers of MENDLINE_KAFKA lack; those that are there stay as they are."""
    settings: Settings = context.obj
    plans = planned_topics(Topics(settings.topic_prefix))
    size = Size(partitions=settings.partitions, replication=settings.replication)
    asyncio.run(_make(settings, plans, size))
    print_rows([{"topic": plan.name} for plan in plans], SHAPE, output)
    say(f"{len(plans)} topics are there; `mendline doctor` looks at how they are set up")


async def _make(settings: Settings, plans: Sequence[TopicPlan], size: Size) -> None:
    await ensure_topics(await accessible_cluster(settings), plans, size)
