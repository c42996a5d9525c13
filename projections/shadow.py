"""The shadow of a read model: tables of the same make in a schema of their own, until they take its place."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import AsyncConnection, sql

from projections.errors import TableInUseError

OPTIONS = "SELECT coalesce(array_to_string(reloptions, ', '), '') FROM pg_class WHERE oid = to_regclass(%s)"
HOME = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(%s)"
GRANTS = """
SELECT privilege_type, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass(%s) AND grantee <> relowner
"""
BEHIND = """
SELECT count(*) FROM checkpoints AS live LEFT JOIN {shadow}.checkpoints AS built USING (projection, topic, partition)
WHERE projection = %s AND coalesce(built.next_offset, 0) < live.next_offset
"""
LOCK = "SELECT FROM checkpoints WHERE projection = %s ORDER BY topic, partition FOR UPDATE"
ADOPT = """
INSERT INTO checkpoints SELECT * FROM {shadow}.checkpoints WHERE projection = %s
ON CONFLICT (projection, topic, partition) DO UPDATE
SET next_offset = EXCLUDED.next_offset, generation = EXCLUDED.generation, claim = EXCLUDED.claim,
    owned = EXCLUDED.owned, worker = EXCLUDED.worker, last_counted = EXCLUDED.last_counted, decided = EXCLUDED.decided,
    build = checkpoints.build + 1
"""
BESIDE = ("checkpoints", "quarantine")


def schema_of(name: str) -> str:
    """The schema in which a read model is rebuilt."""
    return f"rebuild_{name}"


async def make(connection: AsyncConnection, name: str) -> None:
    """Make the shadow of a read model, empty; what an earlier rebuild left is dropped."""
    schema = sql.Identifier(schema_of(name))
    async with connection.transaction():
        await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        for table in (name, *BESIDE):
            options = await _one(connection, OPTIONS, table)
            statement = "CREATE TABLE {schema}.{table} (LIKE {table} INCLUDING ALL)"
            filled = sql.SQL(statement).format(schema=schema, table=sql.Identifier(table))
            await connection.execute(filled + sql.SQL(f" WITH ({options})" if options else ""))


async def drop(connection: AsyncConnection, name: str) -> None:
    """Drop the shadow of a read model."""
    await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema_of(name))))


async def swap(connection: AsyncConnection, name: str) -> bool:
    """Put the shadow in its model's place, unless it is behind it: then False. Raises TableInUseError.

    Locks for at most two seconds, else raises psycopg's LockNotAvailable: try again.
    """
    shadow = sql.Identifier(schema_of(name))
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '2s'")
        # A projector holds these rows while it writes, and who moves them notices that they have changed.
        await connection.execute(LOCK, [name])
        cursor = await connection.execute(sql.SQL(BEHIND).format(shadow=shadow), [name])
        if await cursor.fetchone() != (0,):
            return False
        await _replace_table(connection, name, shadow)
        await connection.execute(sql.SQL(ADOPT).format(shadow=shadow), [name])
        await connection.execute("DELETE FROM quarantine WHERE projection = %s", [name])
        await connection.execute(sql.SQL("INSERT INTO quarantine SELECT * FROM {}.quarantine").format(shadow))
        await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(shadow))
    return True


async def _replace_table(connection: AsyncConnection, name: str, shadow: sql.Identifier) -> None:
    table, home = sql.Identifier(name), await _one(connection, HOME, name)
    grants = await (await connection.execute(GRANTS, [name])).fetchall()
    try:
        await connection.execute(sql.SQL("DROP TABLE {}").format(table))
    except psycopg.errors.DependentObjectsStillExist as error:
        raise TableInUseError(
            f"{name} cannot be replaced: {error.diag.message_detail}. Drop that, rebuild, and make it again"
        ) from error
    await connection.execute(sql.SQL("ALTER TABLE {}.{} SET SCHEMA {}").format(shadow, table, sql.SQL(home)))
    await _grant(connection, table, grants)


async def _grant(connection: AsyncConnection, table: sql.Identifier, grants: Sequence[tuple[str, str]]) -> None:
    for privilege, role in grants:
        statement = sql.SQL("GRANT {} ON {} TO {}")
        await connection.execute(statement.format(sql.SQL(privilege), table, sql.SQL(role)))


async def _one(connection: AsyncConnection, query: str, table: str) -> str:
    row = await (await connection.execute(query.encode(), [table])).fetchone()
    return str(row[0]) if row else ""
