"""Putting requests into a log that does not take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import pytest

from schemas.connection.requests import ConnectionCloseRequested
from streams.hub.asking import Asking
from streams.log.ports import EventRecord, LogError


async def refuse(_records: Sequence[EventRecord]) -> NoReturn:
    """No broker is there."""
    raise LogError("no broker is there")


async def test_a_thousand_requests_that_wait_are_counted_and_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asking = Asking(refuse)
    for number in range(1000):
        asking.ask("ann", ConnectionCloseRequested(why="gone"), f"r{number}")
    await asking.settle(0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "the log does not take what is asked of it (1000 wait): no broker is there"
    ]
