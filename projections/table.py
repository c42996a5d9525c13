"""A read model's table in PostgreSQL: rows as dataclasses, read by condition, written by the batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import orjson
from psycopg import AsyncConnection

from projections.garbage import collection_paused

R = TypeVar("R")


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

    def select(self, condition: str) -> str:
        """The query for the rows that fulfil `condition`."""
        read = ", ".join(f"{c}::text AS {c}" if c in self.json else c for c in self.columns)
        return f"SELECT {read} FROM {self.name} WHERE {condition}"

    @property
    def staging(self) -> str:
        """The statement that makes this connection's landing place for a batch of rows."""
        return (
            f"CREATE TEMP TABLE IF NOT EXISTS incoming_{self.name} ON COMMIT DELETE ROWS"
            f" AS SELECT {', '.join(self.columns)} FROM {self.name} WITH NO DATA"
        )

    @property
    def copy(self) -> str:
        """The statement that fills the landing place."""
        return f"COPY incoming_{self.name} ({', '.join(self.columns)}) FROM STDIN"

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


async def store(connection: AsyncConnection, table: Table[R], rows: Collection[R]) -> None:
    """Write whole rows, new ones and changed ones alike; no two may have the same key."""
    values_of = attrgetter(*table.columns)
    # psycopg writes a time in 2 us, orjson in a tenth of that (benchmarks/projector.py).
    with collection_paused():
        plain = orjson.loads(orjson.dumps([values_of(row) for row in rows]))
    async with connection.cursor() as cursor:
        async with cursor.copy(table.copy.encode()) as copy:
            for values in plain:
                await copy.write_row(values)
        await cursor.execute(table.merge.encode())
