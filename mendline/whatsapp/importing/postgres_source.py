"""A PostgreSQL database, read in one transaction that may not write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict

from mendline.errors import InputInvalidError, NotRunningError

CONNECT_TIMEOUT_S = 5
CHUNK = 1000
COLUMNS = r"""
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relname LIKE 'whatsmeow\_%' AND pg_table_is_visible(c.oid)
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
IN_USE = "{} other connections are open to it: stop the program whose sessions these are before they are used here"


class PostgresSource:
    """The database at the moment of its first question."""

    def __init__(self, name: str, connection: Connection[Any]) -> None:
        self.name = name
        self._connection = connection
        others = self._asked(sql.SQL(OTHERS))[0][0]
        self.notices: Sequence[str] = [IN_USE.format(others)] if others else []

    def tables(self) -> Mapping[str, frozenset[str]]:
        """The columns of every table whose name begins with `whatsmeow_`."""
        found: dict[str, set[str]] = {}
        for table, column in self._asked(sql.SQL(COLUMNS)):
            found.setdefault(table, set()).add(column)
        return {table: frozenset(columns) for table, columns in found.items()}

    def rows(
        self, table: str, columns: Sequence[str], where: Mapping[str, str] | None = None
    ) -> Iterator[Sequence[Any]]:
        """The rows of a table of which these columns have these values."""
        wanted = where or {}
        query = sql.SQL("SELECT {} FROM {}").format(_listed(columns), sql.Identifier(table))
        if wanted:
            conditions = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in wanted]
            query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions)
        with self._told(), self._connection.cursor("rows") as cursor:
            cursor.itersize = CHUNK
            cursor.execute(query, list(wanted.values()))
            yield from cursor

    def counts(self, table: str, column: str) -> Mapping[str, int]:
        """How many rows have each value of a column."""
        query = sql.SQL("SELECT {0}, count(*) FROM {1} GROUP BY {0}")
        return dict(self._asked(query.format(sql.Identifier(column), sql.Identifier(table))))

    def _asked(self, query: sql.SQL | sql.Composed) -> list[Any]:
        with self._told():
            rows: list[Any] = self._connection.execute(query).fetchall()
        return rows

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.OperationalError as error:
            raise NotRunningError(f"{self.name} stopped answering ({_line(error)}): try again") from error


@contextmanager
def opened_postgres(url: str) -> Iterator[PostgresSource]:
    """Open a URL; raises InputInvalidError and NotRunningError."""
    name = _name(url)
    with _connected(url, name) as connection:
        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        yield PostgresSource(name, connection)


def _connected(url: str, name: str) -> Connection[Any]:
    try:
        return Connection.connect(url, connect_timeout=CONNECT_TIMEOUT_S)
    except psycopg.OperationalError as error:
        raise NotRunningError(f"{name} does not answer ({_line(error)}): is the source's address right?") from error


def _name(url: str) -> str:
    """Host and database: what may be shown."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise InputInvalidError(
            "the source's URL cannot be understood: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 "
            "for an @ in the password"
        ) from error
    # What the error says of a URL may be its password.
    where = ":".join(str(parts[part]) for part in ("host", "port") if part in parts)
    return f"postgresql://{where}/{parts.get('dbname', '')}"


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
