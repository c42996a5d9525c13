"""What is called new but was there is written over, not refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import psycopg
import pytest
from psycopg import AsyncConnection

from projections.table import MANY, Table, load, write


@dataclass(slots=True)
class Row:
    """A row."""

    number: int
    word: str


TABLE = Table("words", Row, key=("number",))
ROWS = [Row(number, "old") for number in range(MANY)]


@pytest.fixture
async def connection(postgres: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a database with the table, in which the last of ROWS stands."""
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as opened:
        await opened.execute("CREATE TABLE words (number bigint PRIMARY KEY, word text NOT NULL)")
        await opened.execute(TABLE.staging.encode())
        async with opened.transaction():
            await write(opened, TABLE, ROWS[-1:], [])
        yield opened


@pytest.mark.parametrize("few", [0, MANY - 2])
async def test_rows_that_were_there_are_written_over(connection: AsyncConnection, few: int) -> None:
    rows = [replace(row, word="new") for row in ROWS[few:]]
    async with connection.transaction():
        await write(connection, TABLE, rows, [])
    assert list((await load(connection, TABLE, "true ORDER BY number", [])).values()) == rows


async def test_new_rows_and_changed_ones_are_written_beside_each_other(connection: AsyncConnection) -> None:
    more, changed = [Row(row.number + MANY, "more") for row in ROWS], [replace(ROWS[-1], word="changed")]
    async with connection.transaction():
        await write(connection, TABLE, more, changed)
    assert list((await load(connection, TABLE, "true ORDER BY number", [])).values()) == [*changed, *more]
