"""Rows come out of the database as they were put in, whatever stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.csv_rows import as_csv
from projections.table import Table, load, store

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
AWKWARD = st.sampled_from(
    ["", "null", "NULL", '"', "\\", '\\"', '","', "],[", "\\.", "\\N", "a\nb", "\t", "\x1f", "\\n", "}{"]
)
WORDS = TEXT | AWKWARD


@dataclass(slots=True)
class Row:
    """A row of every type of column that read models have."""

    number: int
    word: str
    note: str | None
    share: float
    certain: bool
    at: datetime | None
    numbers: list[int]
    words: list[str]
    times: list[datetime]
    document: str


TABLE = Table("csv_rows", Row, key=("number",), json=frozenset({"document"}))
MAKE = """
CREATE TABLE IF NOT EXISTS csv_rows (
    number bigint PRIMARY KEY, word text NOT NULL, note text, share double precision NOT NULL, certain boolean NOT NULL,
    at timestamptz, numbers bigint[] NOT NULL, words text[] NOT NULL, times timestamptz[] NOT NULL, document jsonb)
"""
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # made aware
ROWS = st.lists(
    st.builds(
        Row,
        number=st.integers(-(2**63), 2**63 - 1),
        word=WORDS,
        note=st.none() | WORDS,
        share=st.floats(allow_nan=False, allow_infinity=False),
        certain=st.booleans(),
        at=st.none() | TIMES,
        numbers=st.lists(st.integers(-(2**63), 2**63 - 1)),
        words=st.lists(WORDS),
        times=st.lists(TIMES),
        document=st.sampled_from(['{"text": "a\\nb \\"c\\" \\\\ \\t"}', "[]", '"\\u001f"']),
    ),
    unique_by=lambda row: row.number,
    min_size=1,
)


async def stored(dsn: str, rows: list[Row]) -> list[Row]:
    """Rows after a round through the database."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SET timezone = 'UTC'")
        await connection.execute(MAKE)
        await connection.execute("TRUNCATE csv_rows")
        await connection.execute(TABLE.staging.encode())
        async with connection.transaction():
            await store(connection, TABLE, rows)
        return list((await load(connection, TABLE, "true", [])).values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
async def test_rows_are_read_as_they_were_written(postgres: str, rows: list[Row]) -> None:
    found = await stored(postgres, rows)
    assert sorted(found, key=lambda row: row.number) == sorted(rows, key=lambda row: row.number)


@pytest.mark.parametrize("awkward", ["a\nb", "\t", "\r", "\x01"])
def test_what_json_escapes_otherwise_is_left_to_another_way(awkward: str) -> None:
    assert as_csv([["plain"], [awkward]]) is None


@pytest.mark.parametrize("plain", ['"', "\\", '\\"', "\\n", "\\\\n", ",", "é", "\x7f"])
def test_what_csv_can_hold_is_written_at_once(plain: str) -> None:
    assert as_csv([[plain]]) is not None
