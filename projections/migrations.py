"""The database's schema: numbered SQL files, each applied once, one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psycopg import AsyncConnection

from projections.errors import SchemaTooNewError, SchemaTooOldError

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x6D656E646C696E65
"""Key of the advisory lock: "mendline" in ASCII."""
VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_versions (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    statements: str


def known_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of this program, in order: files called NNNN_what.sql."""
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [Migration(int(file.stem[:4]), file.stem[5:], file.read_text()) for file in files]


async def migrate(dsn: str) -> None:
    """Bring the database to this program's schema version; raises SchemaTooNewError."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        await connection.execute(VERSIONS)
        await apply_missing(connection, known_migrations())


async def apply_missing(connection: AsyncConnection, migrations: list[Migration]) -> None:
    """Apply what is newer than the database; raises SchemaTooNewError."""
    found = await version_of(connection)
    check_not_newer(found, migrations[-1].version)
    for migration in migrations:
        if migration.version > found:
            await connection.execute(migration.statements.encode())
            await connection.execute(
                "INSERT INTO schema_versions (version, name) VALUES (%s, %s)",
                [migration.version, migration.name],
            )


async def check_current(connection: AsyncConnection) -> None:
    """Raise SchemaTooNewError or SchemaTooOldError unless the database fits this program."""
    known = known_migrations()[-1].version
    found = await version_of(connection)
    check_not_newer(found, known)
    if found < known:
        raise SchemaTooOldError(
            f"the database's schema is version {found}, this program needs {known}: start `mendline projector`,"
            " which migrates it"
        )


async def version_of(connection: AsyncConnection) -> int:
    """The database's schema version; 0 where nothing has been applied."""
    cursor = await connection.execute("SELECT to_regclass('schema_versions') IS NOT NULL")
    if (await cursor.fetchone()) != (True,):
        return 0
    cursor = await connection.execute("SELECT coalesce(max(version), 0) FROM schema_versions")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def check_not_newer(found: int, known: int) -> None:
    """Raise SchemaTooNewError if the database was migrated by a newer program."""
    if found > known:
        raise SchemaTooNewError(
            f"the database's schema is version {found}, this program knows up to {known}:"
            " run the newer Mendline that migrated it, or give this one a database of its own"
        )
