"""The database that sessions are read from: opened for reading only, and looked at before it is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from mendline.errors import InputInvalidError
from mendline.whatsapp.importing.postgres_source import opened_postgres
from mendline.whatsapp.importing.schema import DEVICES, NEWEST, OLDEST, VERSION, differences
from mendline.whatsapp.importing.sqlite_source import opened_file

URLS = ("postgresql://", "postgres://")
MOST_TOLD = 5


class SourceUnfitError(InputInvalidError):
    """Sessions are imported from tables as whatsmeow makes them."""

    code = "source_unfit"


class Source(Protocol):
    """A database, as it is at one moment. name: as people know it, without its password. notices: what to mind."""

    name: str
    notices: Sequence[str]

    def tables(self) -> Mapping[str, frozenset[str]]:
        """The columns of every table whose name begins with `whatsmeow_`."""

    def rows(
        self, table: str, columns: Sequence[str], where: Mapping[str, str] | None = None
    ) -> Iterator[Sequence[Any]]:
        """The rows of a table of which these columns have these values."""

    def counts(self, table: str, column: str) -> Mapping[str, int]:
        """How many rows have each value of a column."""


@contextmanager
def opened(source: str) -> Iterator[Source]:
    """Open a PostgreSQL URL or an SQLite file; raises SourceUnfitError, InputInvalidError and NotRunningError."""
    opening = opened_postgres(source) if source.startswith(URLS) else opened_file(source)
    with opening as found:
        yield found


def version_of(source: Source) -> int:
    """The version of its schema, once the tables are seen to be that version's; raises SourceUnfitError."""
    tables = source.tables()
    if missing := [name for name in (VERSION, DEVICES) if name not in tables]:
        there = f"of whatsmeow it has only {', '.join(sorted(tables))}" if tables else "it has none of whatsmeow's"
        raise SourceUnfitError(
            f"{source.name} has no table {' and no '.join(missing)} ({there}): give the database of a program that "
            "runs whatsmeow, and the user that it connects as"
        )
    version = _version(source)
    wrong = differences({n: c for n, c in tables.items() if n != VERSION}, version) if understood(version) else []
    if wrong:
        raise SourceUnfitError(
            f"{source.name} says that its tables are version {version} of whatsmeow's, and they are not "
            f"({'; '.join(wrong[:MOST_TOLD])}{'; …' if len(wrong) > MOST_TOLD else ''}): "
            "somebody changed them, and what is unknown cannot be taken over"
        )
    return version


def understood(version: int) -> bool:
    """Whether tables of that version can be read."""
    return OLDEST <= version <= NEWEST


def _version(source: Source) -> int:
    found = [row[0] for row in source.rows(VERSION, ["version"])]
    if len(found) != 1 or not isinstance(found[0], int):
        raise SourceUnfitError(f"{source.name}: {VERSION} has to hold one number, and holds {found[:MOST_TOLD]}")
    return found[0]
