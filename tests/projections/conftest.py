"""Databases with the read side's tables."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from projections.migrations import migrate


@pytest.fixture
async def database(postgres: str) -> str:
    """The address of a fresh database with the read side's tables, empty."""
    await migrate(postgres)
    return postgres


@pytest.fixture
def other_database(database: str) -> Iterator[str]:
    """The address of another such database, to compare with."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(database, autocommit=True) as connection:
        original = connection.info.dbname
    with psycopg.connect(database, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}".encode())
        yield make_conninfo(database, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
