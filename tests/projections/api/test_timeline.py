"""A device's timeline, by the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from projections.api.pages import Wanted
from projections.api.timeline import Log, TimelineTooLongError, timeline_page
from schemas.api.document import Page
from schemas.api.timeline import TimelineLineDocument
from schemas.cluster import Cluster
from schemas.partitioner import partition_of
from schemas.topics import Topics
from tests.projections.api.asking import CURSORS
from tests.projections.events import REGISTERED
from tests.projections.publishing import publish
from tests.projections.written_log import WrittenPartition, at, claimed

ALL = [1, 2, 3, 4, 5]
Ask = Callable[..., Awaitable[dict[str, Any]]]


def history() -> WrittenPartition:
    """A device's partition: its five registrations, between other devices'."""
    log = claimed(partition_of(b"d-1", 8))
    log.add_all("d-1", *[REGISTERED] * 5)
    log.add_all("d-9", REGISTERED)
    return log


@pytest.fixture
async def ask(kafka: str, kafka_topics: Topics) -> Ask:
    """Asks for pages of a timeline of five lines."""
    await publish(kafka, kafka_topics.events(), history())

    def asked(cursor: str | None = None, limit: int = 2, timeout_s: float = 20, **filters: Any) -> Any:
        return timeline_page(
            Log(Cluster(kafka), kafka_topics, timeout_s), "d-1", Wanted(CURSORS, filters, limit, cursor)
        )

    return asked


def offsets(page: dict[str, Any]) -> list[int]:
    return [line["offset"] for line in page["items"]]


async def test_pages_go_back_from_the_newest_lines(ask: Ask) -> None:
    newest = await ask()
    middle = await ask(newest["next"])
    oldest = await ask(middle["next"])
    assert [offsets(page) for page in (newest, middle, oldest)] == [[4, 5], [2, 3], [1]]
    assert oldest["next"] is None


async def test_a_page_is_valid(ask: Ask) -> None:
    page = await ask(limit=100)
    read = Page[TimelineLineDocument].model_validate_json(orjson.dumps(page), strict=True)
    assert (offsets(page), read.next) == (ALL, None)
    assert set(page["items"][0]) == set(TimelineLineDocument.model_fields)


async def test_lines_are_found_by_their_time(ask: Ask) -> None:
    assert offsets(await ask(limit=100, since=at(2), until=at(4))) == [2, 3]


async def test_a_timeline_that_takes_too_long_is_given_up(ask: Ask) -> None:
    with pytest.raises(
        TimelineTooLongError, match=r"too long to be read in 0\.001 s: `mendline timeline d-1` reads it"
    ):
        await ask(timeout_s=0.001)
