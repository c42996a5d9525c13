"""A read model's table in PostgreSQL: rows as dataclasses, read by condition, written by the batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

import orjson
import psycopg
from psycopg import AsyncConnection, AsyncCursor

from projections.csv_rows import OPTIONS, as_csv, with_arrays
from projections.garbage import collection_paused

R = TypeVar("R")
MANY = 200
"""So many rows are worth a statement of their own."""


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A table whose columns are the fields of `row`, and whose primary key is `key`.

    json: columns of type jsonb, which rows hold as JSON text.
    """

    name: str
    row: type[R]
    key: tuple[str, ...]
    json: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, in the order of the row's fields."""
        return tuple(field.name for field in dataclasses.fields(self.row))  # type: ignore[arg-type]  # a dataclass

    @property
    def has_arrays(self) -> bool:
        """Whether some columns are arrays: lists in the row."""
        return any(get_origin(hint) is list for hint in get_type_hints(self.row).values())

    def select(self, condition: str) -> str:
        """The query for the rows that fulfil `condition`."""
        read = ", ".join(f"{c}::text AS {c}" if c in self.json else c for c in self.columns)
        return f"SELECT {read} FROM {self.name} WHERE {condition}"

    @property
    def read(self) -> str:
        """The query for all rows, whose `json` columns are read as what they say."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"

    @property
    def staging(self) -> str:
        """The statement that makes this connection's landing place for a batch of rows."""
        return (
            f"CREATE TEMP TABLE IF NOT EXISTS incoming_{self.name} ON COMMIT DELETE ROWS"
            f" AS SELECT {', '.join(self.columns)} FROM {self.name} WITH NO DATA"
        )

    def copy(self, into: str) -> str:
        """The statement that takes rows into a table of these columns."""
        return f"COPY {into} ({', '.join(self.columns)}) FROM STDIN"

    @property
    def merge(self) -> str:
        """The statement that moves the landed rows into the table, each over the one with its key."""
        listed = ", ".join(self.columns)
        changes = ", ".join(f"{c} = EXCLUDED.{c}" for c in self.columns if c not in self.key)
        return (
            f"INSERT INTO {self.name} ({listed}) SELECT {listed} FROM incoming_{self.name}"
            f" ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changes}"
        )


async def load(
    connection: AsyncConnection, table: Table[R], condition: str, arguments: Sequence[Any]
) -> dict[tuple[Any, ...], R]:
    """The rows that fulfil a condition, under their keys."""
    key_of = attrgetter(*table.key)
    cursor = await connection.execute(table.select(condition).encode(), arguments)
    rows = [table.row(*values) for values in await cursor.fetchall()]
    return {key_of(row): row for row in rows}


async def write(connection: AsyncConnection, table: Table[R], new: Collection[R], changed: Collection[R]) -> None:
    """Write whole rows; `new`: those that the table should not have yet. Call it inside a transaction.

    Many new ones go straight into the table, which is a third cheaper than landing and merging them.
    """
    if len(new) < MANY or not await _added(connection, table, new):
        await store(connection, table, [*new, *changed])
    elif changed:
        await store(connection, table, changed)


async def _added(connection: AsyncConnection, table: Table[R], rows: Collection[R]) -> bool:
    """Whether the rows were new, and now are in the table; if not, nothing has changed."""
    try:
        async with connection.transaction(), connection.cursor() as cursor:
            await _copy(cursor, table, table.name, rows)
    except psycopg.errors.UniqueViolation:
        return False
    return True


async def store(connection: AsyncConnection, table: Table[R], rows: Collection[R]) -> None:
    """Write whole rows, new ones and changed ones alike; no two may have the same key."""
    async with connection.cursor() as cursor:
        await _copy(cursor, table, f"incoming_{table.name}", rows)
        await cursor.execute(table.merge.encode())


async def _copy(cursor: AsyncCursor, table: Table[R], into: str, rows: Collection[R]) -> None:
    with collection_paused():
        values = values_of(table, rows)
        text = as_csv(values)
    if text is not None:
        async with cursor.copy(f"{table.copy(into)} {OPTIONS}".encode()) as copy:
            await copy.write(text)
        return
    async with cursor.copy(table.copy(into).encode()) as copy:
        for plain in orjson.loads(orjson.dumps(values)):
            await copy.write_row(plain)


def values_of(table: Table[R], rows: Iterable[R]) -> list[Sequence[Any]]:
    """The values of rows in the order of the table's columns, arrays as PostgreSQL writes them."""
    plain = map(attrgetter(*table.columns), rows)
    return [with_arrays(values) for values in plain] if table.has_arrays else list(plain)
