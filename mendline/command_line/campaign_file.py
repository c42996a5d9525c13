"""`mendline send --file`: ask for every send of a campaign's file, once."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from mendline.access import accessible_cluster
from mendline.campaign.asked import both_topics
from mendline.campaign.beginning import Beginning, beginning_of
from mendline.campaign.file import Line, read_campaign
from mendline.campaign.publishing import Asked, Progress, ask_for_rest
from mendline.command_line.asking import SOURCE, by_user
from mendline.command_line.database import opened
from mendline.command_line.output import Format, Shape, print_facts, print_rows, say
from mendline.errors import InputInvalidError, NotRunningError, SetupError
from mendline.producer import BrokersAwayError, Producer
from mendline.settings import Settings
from projections.campaign_queries import campaigns
from projections.errors import ProjectionError
from projections.queries import registered
from schemas.topics import Topics

MOST_NAMED = 10
MOST_LINES = 50
"""Bad lines that are named on a terminal; where stderr goes elsewhere, all of them are."""
DEVICES = Shape(columns=("device_id", "sends"), id="{device_id}")


class BegunElsewhereError(SetupError):
    """A campaign is asked for where it began: only there is known what was asked for."""

    code = "begun_elsewhere"


class DevicesUnknownError(InputInvalidError):
    """A campaign begins only on devices that are registered: sends of all others would be refused."""

    code = "devices_unknown"


def send_file(settings: Settings, path: Path, campaign: str | None, output: Format, *, dry_run: bool) -> None:
    """Check the file, ask for what is not in the log yet, and say how much that was."""
    if campaign is None:
        raise typer.BadParameter("a file needs --campaign: its name tells what was asked for already")
    lines = read_campaign(path, campaign, MOST_LINES if sys.stderr.isatty() else None)
    if dry_run:
        counts = Counter(line.device_id for line in lines)
        print_rows([{"device_id": d, "sends": n} for d, n in sorted(counts.items())], DEVICES, output)
        say(f"{len(lines):,} sends can be asked for; nothing was")
        return
    topics = Topics(settings.topic_prefix)
    with beginning_of(campaign, topics.requests(), settings.data) as beginning, _shown(len(lines)) as progress:
        asked = asyncio.run(_asked(settings, topics, campaign, beginning, lines, progress))
    facts = {"campaign": campaign, "lines": len(lines), "asked_before": asked.before, "asked_now": asked.now}
    print_facts(facts, output, "{campaign}")
    for reason, count in asked.refused.items():
        say(f"{count:,} sends had been refused, and were asked for again: {reason}")
    say(
        f"`mendline campaign show {campaign}` tells what becomes of them; the same command again says what was "
        "refused, and asks for that once more"
    )


async def _asked(
    settings: Settings,
    topics: Topics,
    campaign: str,
    beginning: Beginning,
    lines: Sequence[Line],
    progress: Progress,
) -> Asked:
    cluster = await accessible_cluster(settings)
    async with Producer(cluster, topics, source=SOURCE) as producer:
        async with both_topics(cluster, topics) as (cluster_id, *_):
            begun = beginning.ends(cluster_id) is not None
        if not begun:
            await _look_ahead(settings, campaign, {line.device_id for line in lines})
        try:
            return await ask_for_rest(cluster, topics, producer, beginning, lines, by_user(), progress)
        except BrokersAwayError as error:
            raise BrokersAwayError(
                f"{error}. Then give the same command again: it goes on, and repeats nothing"
            ) from None


async def _look_ahead(settings: Settings, campaign: str, devices: set[str]) -> None:
    """Refuse what the tables say would go wrong, as long as nothing was asked for."""
    try:
        async with opened(settings) as connection:
            found, unknown = await campaigns(connection, campaign), devices - await registered(connection, [*devices])
    except (NotRunningError, ProjectionError, psycopg.OperationalError):
        say(
            f"the database does not answer: whether {campaign} was begun elsewhere, "
            "and whether all its devices are registered, is not known"
        )
        return
    if found:
        raise BegunElsewhereError(
            f"campaign {campaign} has {found[0].sends:,} sends since {found[0].first_at:%Y-%m-%d %H:%M} UTC, none of "
            f"them from a file given here ({settings.data}): go on where it began, or take another name"
        )
    if unknown:
        named = ", ".join(sorted(unknown)[:MOST_NAMED]) + (", …" if len(unknown) > MOST_NAMED else "")
        raise DevicesUnknownError(
            f"{len(unknown):,} of {len(devices):,} devices are not registered, so nothing was asked for: {named}. "
            "`mendline device add` adds them (a moment later they are known here), or take their lines out"
        )


@contextmanager
def _shown(total: int) -> Iterator[Progress]:
    columns = TextColumn("asked for"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=total)
        yield lambda done: bars.update(task, completed=done)
