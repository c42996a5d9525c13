"""Writes an SQLite file with the whatsmeow tables of a PostgreSQL database, as whatsmeow would make them there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

TABLES = r"SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'whatsmeow\_%' ORDER BY table_name"
COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position
"""


def write_file(database: str, path: Path) -> Path:
    """Write it; gives its path."""
    with psycopg.connect(database) as source, closing(sqlite3.connect(path)) as target, target:
        for (table,) in source.execute(TABLES).fetchall():
            columns = source.execute(COLUMNS, [table]).fetchall()
            target.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
            marks = ", ".join("?" for _ in columns)
            rows = source.execute(f"SELECT * FROM {table}".encode()).fetchall()
            target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return path


def changed(path: Path, statement: str, *values: Any) -> None:
    """Change a file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)
