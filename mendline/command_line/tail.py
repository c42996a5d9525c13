"""`mendline tail`: what happens, as it happens, until Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, TypeVar

import typer

from mendline.access import accessible_cluster
from mendline.command_line.options import During, Since, Until, between
from mendline.command_line.output import Format, Output, Shape, check_reader, finish, print_rows, print_text, say
from mendline.command_line.times import Period
from mendline.command_line.wanted import Wanted, checked_type
from mendline.settings import Settings
from projections.feed import Span, feed
from projections.timeline_line import FIELDS, TimelineLine, as_json, in_words
from schemas.marks import is_id
from schemas.topics import STREAMS, Topics

T = TypeVar("T")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
SHAPE = Shape(columns=FIELDS, id="{stream_id}")


def tail(
    context: typer.Context,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="DEVICE", help="Only of these; * and ? stand for anything.")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", parser=checked_type, help="Only events of this type: send_rejected, refresh_*."
        ),
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only about sends of this campaign that were asked for since --from."),
    ] = None,
    since: Since = None,
    until: Until = None,
    during: During = None,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Tell what happens, as it happens, until Ctrl-C; --from begins earlier, --until ends by itself."""
    settings: Settings = context.obj
    span, wanted = _span(between(since, until, during)), Wanted(devices or (), types or (), campaign)
    interrupted = False

    def lines() -> Iterator[TimelineLine]:
        nonlocal interrupted
        try:
            yield from islice(filter(wanted.takes, _lines(settings, span)), limit)
        except KeyboardInterrupt:
            interrupted = True

    if output is Format.TABLE:
        for line in lines():
            print_text(in_words(line, whose=True))
    else:
        # Claim markers belong to a partition, whose name is no id that a command takes.
        written = (line for line in lines() if output is not Format.IDS or is_id(line.stream_id))
        print_rows(map(as_json, written), SHAPE, output)
    if interrupted:
        raise KeyboardInterrupt


def _span(period: Period) -> Span:
    """From now on, unless something says when to begin or, with an end alone, to tell all before it."""
    begin, end = period
    return Span(BEGINNING if begin is None and end else begin, end)


def _lines(settings: Settings, span: Span) -> Iterator[TimelineLine]:
    """Every line as it comes; what was written is handed on before each wait, and a reader that has gone ends it."""
    topics = Topics(settings.topic_prefix)
    fed = feed(asyncio.run(accessible_cluster(settings)), [topics.events(stream) for stream in STREAMS], span, say)
    for lines in _batches(fed):
        yield from lines
        finish()
        check_reader()


def _batches(fed: AsyncGenerator[T, None]) -> Iterator[T]:
    """What an asynchronous generator gives, in a loop that runs only while it is waited for."""

    async def following() -> T | None:
        return await anext(fed, None)

    async def closing() -> None:
        await fed.aclose()

    with asyncio.Runner() as runner:
        try:
            while (each := runner.run(following())) is not None:
                yield each
        finally:
            runner.run(closing())
