"""Copies sessions into Mendline's own tables: each whole or not at all, and never over one that is there.

What sessions share, which is who has a number (`whatsmeow_lid_map`), is not copied: whatsmeow believes it for every
device, so that one wrong row would lead other devices' messages to somebody else. WhatsApp is asked for it instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, sql

from mendline.whatsapp.importing.schema import BY_NAME, DEVICES, TABLES, Table
from mendline.whatsapp.importing.source import Source

BOOLEANS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type = 'boolean'
"""
Columns = frozenset[tuple[str, str]]


class Copied(NamedTuple):
    """What became of a session. rows: in all tables; 0: it was there already. problem: why nothing of it was copied."""

    jid: str
    rows: int = 0
    problem: str | None = None


def copies(source: Source, version: int, jids: Sequence[str], database: str) -> Iterator[Copied]:
    """Copy each session in a transaction of its own; raises psycopg's errors of away."""
    with Connection.connect(database, autocommit=True) as target:
        booleans: Columns = frozenset((table, column) for table, column in target.execute(BOOLEANS))
        for jid in jids:
            yield _copied(source, version, jid, target, booleans)


def _copied(source: Source, version: int, jid: str, target: Connection[Any], booleans: Columns) -> Copied:
    try:
        with target.transaction():
            return Copied(jid, _copy_session(source, version, jid, target, booleans))
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        return Copied(jid, problem=" ".join(str(error).split()))


def _copy_session(source: Source, version: int, jid: str, target: Connection[Any], booleans: Columns) -> int:
    rows = _copy(source, version, BY_NAME[DEVICES], {"jid": jid}, target, booleans)
    if not rows:
        return 0
    for table in TABLES:
        if table.key is not None and table.name != DEVICES:
            # Some of an earlier session under that JID may be left: not all tables forget with their device.
            left = sql.SQL("DELETE FROM {} WHERE {} = %s")
            target.execute(left.format(sql.Identifier(table.name), sql.Identifier(table.key)), [jid])
            rows += _copy(source, version, table, {table.key: jid}, target, booleans)
    return rows


def _copy(
    source: Source, version: int, table: Table, where: Mapping[str, str], target: Connection[Any], booleans: Columns
) -> int:
    """Copy rows; what is there stays. Gives how many are new."""
    if not (columns := table.columns_of(version)):
        return 0
    truths = [place for place, column in enumerate(columns) if (table.name, column) in booleans]
    insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    with target.cursor() as cursor:
        cursor.executemany(insert, (_with_truths(row, truths) for row in source.rows(table.name, columns, where)))
        return max(0, cursor.rowcount)


def _with_truths(row: Sequence[Any], truths: Sequence[int]) -> list[Any]:
    """A row whose numbers are truth values where PostgreSQL wants them: SQLite has none of its own."""
    values = list(row)
    for place in truths:
        values[place] = None if values[place] is None else bool(values[place])
    return values
