"""`mendline campaign`: show, list and cancel campaigns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from mendline.access import accessible_cluster
from mendline.campaign.asked import AskedOf, asked_already, both_topics
from mendline.campaign.beginning import Beginning, beginning_of
from mendline.campaign.cancelling import Cancelled, cancel_on
from mendline.command_line.asking import SOURCE, by_user
from mendline.command_line.confirming import confirm
from mendline.command_line.database import opened
from mendline.command_line.errors import NotFoundError
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.naming import checked_id
from mendline.command_line.options import DryRun, Limit, Reason, Timeout, Yes, most_rows, seconds
from mendline.command_line.output import Format, Output, Shape, by_state, print_facts, print_rows, say
from mendline.producer import Producer
from mendline.settings import Settings
from projections.campaign_queries import (
    Settled,
    Standing,
    asked_of,
    campaigns,
    devices_with_open_sends,
    over_time,
    span,
)
from schemas.topics import Topics

FIELDS = ("campaign", "devices", "sends", "outcomes", "first_at", "last_at", "cancelled_at", "cancelled_sends")
CAMPAIGNS = Shape(columns=FIELDS, id="{campaign}")
ANSWERS = Shape(columns=("device_id", "cancelled", "refused"), id="{device_id}")
STEPS_S = (1, 10, 60, 600, 3600, 21600, 86400)
MOST_STEPS = 20
Name = Annotated[str, typer.Argument(metavar="NAME", parser=checked_id, help="The campaign's name.")]
Every = Annotated[
    float | None, typer.Option(metavar="LENGTH", parser=seconds, help="Count by so much time: 10s, 5m, 1h.")
]


def list_(
    context: typer.Context,
    limit: Limit = None,
    output: Output = Format.TABLE,
) -> None:
    """List campaigns, the newest first, and how their sends stand."""
    most = most_rows(limit, output)
    found = asyncio.run(_listed(context.obj, most))
    print_rows([_row(each, output) for each in found], CAMPAIGNS, output)
    if not found:
        say("there is no campaign: `mendline send --file X.csv --campaign NAME` asks for one")
    if len(found) == most:
        say("there may be more: --limit shows more")


def show(context: typer.Context, name: Name, every: Every = None, output: Output = Format.TABLE) -> None:
    """Show how the sends of campaign NAME stand, and what they came to over time."""
    standing, settled = asyncio.run(_shown(context.obj, name, every))
    facts = _row(standing, output)
    if output is Format.TABLE:
        print_facts(facts, output)
        if settled:
            typer.echo()
            print_rows(*_by_time(settled), output)
    else:
        print_facts(facts | {"over_time": [each._asdict() for each in settled]}, output, "{campaign}")


def cancel(
    context: typer.Context,
    name: Name,
    reason: Reason = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    timeout: Timeout = 60,
    output: Output = Format.TABLE,
) -> None:
    """Take back every send of campaign NAME that waits; what left or is leaving stays."""
    settings: Settings = context.obj
    topics = Topics(settings.topic_prefix)
    with beginning_of(name, topics.requests(), settings.data) as beginning:
        devices = asyncio.run(_devices(settings, topics, name, beginning))
        if dry_run or not devices:
            print_rows([{"device_id": d, "cancelled": None, "refused": None} for d in devices], ANSWERS, output)
            say(f"{len(devices):,} devices may have sends of {name} waiting; nothing was asked for")
            return
        confirm(f"Cancel what waits of campaign {name} on {len(devices):,} devices?", yes=yes)
        answers = asyncio.run(_cancelled(settings, topics, name, devices, reason, timeout))
    _tell(name, answers, output)


def _tell(name: str, answers: Sequence[Cancelled], output: Format) -> None:
    rows = [{"device_id": a.device_id, "cancelled": a.sends, "refused": a.refused} for a in answers]
    print_rows(rows, ANSWERS, output)
    refused = sum(answer.refused is not None for answer in answers)
    say(f"{sum(a.sends for a in answers):,} sends of {name} cancelled on {len(answers) - refused:,} devices")
    if refused:
        say(f"{refused:,} devices refused")
        raise typer.Exit(ExitCode.FAILED)


async def _listed(settings: Settings, limit: int) -> list[Standing]:
    async with opened(settings) as connection:
        return await campaigns(connection, limit=limit)


async def _shown(settings: Settings, name: str, every_s: float | None) -> tuple[Standing, list[Settled]]:
    async with opened(settings) as connection:
        found = await campaigns(connection, name)
        if not found:
            raise NotFoundError(f"no campaign is called {name}: `mendline campaign list` shows those there are")
        step = timedelta(seconds=every_s) if every_s else _step(await span(connection, name))
        return found[0], await over_time(connection, name, step)


def _step(whole: timedelta) -> timedelta:
    """The shortest step that makes a table which can be read at a glance."""
    fits = (step for step in STEPS_S if whole.total_seconds() / step <= MOST_STEPS)
    return timedelta(seconds=next(fits, STEPS_S[-1]))


def _row(standing: Standing, output: Format) -> dict[str, Any]:
    row = asdict(standing)
    if output is Format.TABLE:
        row["outcomes"] = by_state(standing.outcomes)
    return {field: row[field] for field in FIELDS}


def _by_time(settled: Sequence[Settled]) -> tuple[list[dict[str, Any]], Shape]:
    """One row a step, one column a state."""
    states = sorted({each.state for each in settled})
    rows: dict[Any, dict[str, Any]] = {}
    for each in settled:
        rows.setdefault(each.at, {"from": each.at} | dict.fromkeys(states))[each.state] = each.sends
    return list(rows.values()), Shape(columns=("from", *states), id="{from}")


async def _devices(settings: Settings, topics: Topics, name: str, beginning: Beginning) -> list[str]:
    """Devices that may have sends of it waiting: by the tables, and by the log where those are behind."""
    asked = Counter(each.device_id for each in (await _asked(settings, topics, name, beginning)).values())
    async with opened(settings) as connection:
        known = await asked_of(connection, name)
        waits = await devices_with_open_sends(connection, name)
    if not known and not asked:
        raise NotFoundError(f"no campaign is called {name}: `mendline campaign list` shows those there are")
    behind = {device_id for device_id, sends in asked.items() if sends > known.get(device_id, 0)}
    return sorted(behind | set(waits))


async def _asked(settings: Settings, topics: Topics, name: str, beginning: Beginning) -> dict[str, AskedOf]:
    async with both_topics(await accessible_cluster(settings), topics) as (cluster_id, requests, _):
        begins = beginning.ends(cluster_id)
        return {} if begins is None else await asked_already(requests, name, begins.requests)


async def _cancelled(
    settings: Settings, topics: Topics, name: str, devices: list[str], reason: str | None, timeout_s: float
) -> list[Cancelled]:
    cluster = await accessible_cluster(settings)
    async with Producer(cluster, topics, source=SOURCE) as producer:
        return await cancel_on(cluster, topics, producer, name, devices, by_user(reason), timeout_s)
