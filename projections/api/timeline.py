"""A device's timeline by the page, newest lines first in the paging, in the log's order on each page.

Each page reads the partition from its beginning, for only so is it known what counts: bounded by time, not by luck.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import ClassVar, NamedTuple

from projections.api.pages import MOST_ITEMS, Document, Wanted
from projections.errors import ProjectionError
from projections.timeline import timeline
from projections.timeline_line import TimelineLine, as_json
from schemas.cluster import Cluster
from schemas.topics import Topics

LISTING = "timeline"


class TimelineTooLongError(ProjectionError):
    """A page of a timeline is read within the time given."""

    code: ClassVar[str] = "timeline_too_long"


class Log(NamedTuple):
    """Where the log is, and how long one page may be read from it."""

    cluster: Cluster
    topics: Topics
    timeout_s: float = 10.0


async def timeline_page(log: Log, device_id: str, wanted: Wanted) -> Document:
    """The newest lines between `since` and `until`, and a cursor for those before them.

    Raises CursorInvalidError, TimelineTooLongError, TopicMissingError and aiokafka's KafkaError.
    """
    filters = {**wanted.filters, "device_id": device_id}
    end = None if wanted.cursor is None else tuple(wanted.cursors.open(LISTING, filters, wanted.cursor))
    limit = max(1, min(wanted.limit, MOST_ITEMS))
    newest: deque[TimelineLine] = deque(maxlen=limit + 1)
    try:
        async with asyncio.timeout(log.timeout_s):
            await _read(log, device_id, wanted, end, newest)
    except TimeoutError:
        raise TimelineTooLongError(_too_long(device_id, log.timeout_s)) from None
    lines = list(newest)[-limit:]
    earlier = wanted.cursors.seal(LISTING, filters, _place(lines[0])) if len(newest) > limit else None
    return {"items": [as_json(line) for line in lines], "next": earlier}


async def _read(
    log: Log, device_id: str, wanted: Wanted, end: tuple[object, ...] | None, newest: deque[TimelineLine]
) -> None:
    since, until = wanted.filters.get("since"), wanted.filters.get("until")
    async with aclosing(timeline(log.cluster, log.topics, device_id, since=since, until=until)) as lines:
        async for line in lines:
            if _place(line) == end:
                return
            newest.append(line)


def _place(line: TimelineLine) -> tuple[str, int]:
    return line.kind, line.offset


def _too_long(device_id: str, timeout_s: float) -> str:
    return (
        f"the partition is too long to be read in {timeout_s:g} s: `mendline timeline {device_id}` reads it whole, and"
        " an earlier `until` makes it shorter"
    )
