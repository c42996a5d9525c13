"""Folds written partitions into a database as a projector does, and looks at the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from projections.catalogue import ALL_MODELS, READ_MODELS
from projections.database import open_connection
from projections.follower import resume
from projections.read_model import ReadModel
from projections.tail import LogRecord
from schemas.topics import Topics
from tests.projections.written_log import TOPIC, WrittenPartition

Content = dict[str, list[dict[str, Any]]]


async def project(
    dsn: str,
    *partitions: WrittenPartition,
    batch: int = 1000,
    models: Sequence[ReadModel[Any]] = READ_MODELS,
    schema: str | None = None,
    topic: str = TOPIC,
) -> None:
    """Go on from the checkpoints to the end of each partition, so many records of each at a time."""
    numbers = [p.number for p in partitions]
    async with open_connection(dsn, models, schema) as connection:
        tails, applier = await resume(connection, topic, numbers, models)
        starts = {p.number: tails[p.number].start for p in partitions}
        for step in range(0, max(len(p.records) for p in partitions), batch):
            parts = {p.number: part(p.records, starts[p.number] + step, batch) for p in partitions}
            await applier.apply([tails[n].take(records) for n, records in parts.items() if records])


def part(records: Sequence[LogRecord], start: int, count: int) -> Sequence[LogRecord]:
    """Some of the records, fewer at the end."""
    return records[start : start + count]


def rows_of(dsn: str, table: str, order: str = "1, 2, 3, 4") -> list[dict[str, Any]]:
    """All rows of a table."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"SELECT * FROM {table} ORDER BY {order}".encode()).fetchall()


def content(dsn: str, topics: Topics | None = None) -> Content:
    """All rows of all read models, and what is in quarantine, without the prefix of topics."""
    rows = {name: rows_of(dsn, name) for name in (*(m.name for m in ALL_MODELS), "quarantine")}
    for row in rows["quarantine"]:
        row["topic"] = row["topic"].removeprefix(topics.prefix if topics else "")
    return rows


def columns(dsn: str, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows of a table."""
    return [tuple(row[name] for name in names) for row in rows_of(dsn, table)]
