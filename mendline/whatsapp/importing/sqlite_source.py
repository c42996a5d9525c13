"""An SQLite file, read without a trace: nothing is written to it, nor beside it where that can be helped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mendline.errors import InputInvalidError

MAGIC = b"SQLite format 3\x00"
READ_VERSION = 19
"""The byte of the header that says how the file is read; 2: with a log beside it (sqlite.org/fileformat.html)."""
TIMEOUT_S = 10.0
IN_USE = "{}-wal is there: the program that owns it runs, or was killed; stop it before its sessions are used here"


class SqliteSource:
    """The file as it was when it was opened."""

    def __init__(self, path: Path, connection: sqlite3.Connection, notices: Sequence[str]) -> None:
        self.name = str(path)
        self.notices = notices
        self._connection = connection

    def tables(self) -> Mapping[str, frozenset[str]]:
        """The columns of every table whose name begins with `whatsmeow_`."""
        named = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        found: dict[str, set[str]] = {}
        for table, column in self._asked(named + r" AND m.name LIKE 'whatsmeow\_%' ESCAPE '\'"):
            found.setdefault(table, set()).add(column)
        return {table: frozenset(columns) for table, columns in found.items()}

    def rows(
        self, table: str, columns: Sequence[str], where: Mapping[str, str] | None = None
    ) -> Iterator[Sequence[Any]]:
        """The rows of a table of which these columns have these values."""
        wanted = where or {}
        query = f"SELECT {', '.join(columns)} FROM {table}"
        if wanted:
            query += " WHERE " + " AND ".join(f"{column} = ?" for column in wanted)
        yield from self._asked(query, list(wanted.values()))

    def counts(self, table: str, column: str) -> Mapping[str, int]:
        """How many rows have each value of a column."""
        return dict(self._asked(f"SELECT {column}, count(*) FROM {table} GROUP BY {column}"))

    def _asked(self, query: str, values: Sequence[str] = ()) -> Iterator[Any]:
        with _told(self.name):
            yield from self._connection.execute(query, values)


@contextmanager
def opened_file(given: str) -> Iterator[SqliteSource]:
    """Open a file, also named as whatsmeow is told of it (`file:NAME?…`); raises InputInvalidError."""
    path = Path(given.removeprefix("file:").partition("?")[0] if given.startswith("file:") else given)
    log = path.with_name(f"{path.name}-wal")
    has_log = _has_content(log)
    # A file that is read through a log gains two files beside it by being looked at where it has none.
    untouched = "&immutable=1" if _header(path)[READ_VERSION] == 2 and not has_log else ""
    address = f"file:{quote(str(path.absolute()))}?mode=ro{untouched}"
    with _told(str(path)):
        connection = sqlite3.connect(address, uri=True, timeout=TIMEOUT_S, isolation_level=None)
    with closing(connection):
        connection.execute("BEGIN")
        yield SqliteSource(path, connection, [IN_USE.format(path)] if has_log else [])


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise InputInvalidError(
            f"{name} cannot be read as SQLite ({error}): stop the program that uses it, and give its file, "
            "with what lies beside it (-wal, -journal)"
        ) from error


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            header = file.read(READ_VERSION + 1)
    except OSError as error:
        raise InputInvalidError(
            f"{path} cannot be read ({error.strerror}): give an SQLite file, or a URL that begins with postgresql://"
        ) from error
    if len(header) <= READ_VERSION or not header.startswith(MAGIC):
        raise InputInvalidError(f"{path} is no SQLite database: give the file that whatsmeow keeps its sessions in")
    return header


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
