"""What people and programs ask of the read models. Each query is one statement on a given connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.clients import CLIENTS, Client
from projections.connections import CONNECTIONS, Connection
from projections.devices import DEVICES, Device
from projections.refresh_joins import REFRESH_JOINS, RefreshJoin
from projections.refreshes import REFRESHES, Refresh
from projections.sends import SENDS, SendRow
from projections.table import Table
from projections.user_connections import USER_CONNECTIONS, UserConnection
from projections.where import Where, given, is_, is_none_of

R = TypeVar("R")

DEVICES_ARE = {
    "driver": "driver = %(driver)s",
    "kind": "linked = (%(kind)s = 'linked')",
    "worker": (
        "partition IN (SELECT partition FROM checkpoints"
        " WHERE projection = 'devices' AND owned AND worker = %(worker)s)"
    ),
    "after": "device_id > %(after)s",
}
CLIENTS_ARE = {"email": "lower(email) = lower(%(email)s)", "after": "client_id > %(after)s"}
USER_CONNECTIONS_ARE = {"user": "user_id = %(user)s", "node": "node = %(node)s", "after": "user_id > %(after)s"}
SENDS_ARE = {
    "device_id": "device_id = %(device_id)s",
    "request_id": "request_id = %(request_id)s",
    "campaign": "campaign = %(campaign)s",
    "since": "decided_at >= %(since)s",
    "until": "decided_at < %(until)s",
}
DEVICES_FOUND = "{} ORDER BY device_id LIMIT %(limit)s"
CLIENTS_FOUND = "{} ORDER BY client_id LIMIT %(limit)s"
SENDS_FOUND = "{} ORDER BY decided_at DESC, partition DESC, request DESC LIMIT %(limit)s"
USER_CONNECTIONS_FOUND = "{} ORDER BY user_id LIMIT %(limit)s"
REFRESHES_FOUND = "device_id = %(device_id)s ORDER BY refresh DESC LIMIT %(limit)s"
JOINS_FOUND = "device_id = %(device_id)s AND refresh = %(refresh)s ORDER BY partition, position LIMIT %(limit)s"
CONNECTIONS_FOUND = """
device_id > %(after)s AND (%(live)s::bool IS NULL OR (ended_at IS NULL) = %(live)s)
AND (%(worker)s::text IS NULL OR worker = %(worker)s)
ORDER BY device_id LIMIT %(limit)s
"""
QUARANTINED = """
SELECT projection, topic, partition, stream_id, position, type, reason, held_back
FROM quarantine ORDER BY projection, topic, partition, position
"""


class Quarantined(NamedTuple):
    """A stream that a read model cannot follow, since when and why."""

    projection: str
    topic: str
    partition: int
    stream_id: str
    position: int
    type: str
    reason: str
    held_back: int


async def devices(
    connection: AsyncConnection,
    *,
    state: str | None = None,
    driver: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Device]:
    """Devices by id, from the one that follows `after`; removed ones only when `state` asks for them."""
    where = devices_where(state=state, driver=driver, after=after)
    return await _found(connection, DEVICES.table, DEVICES_FOUND, where, limit)


async def device(connection: AsyncConnection, device_id: str) -> Device | None:
    """One device, also a removed one."""
    found = await _find(connection, DEVICES.table, "device_id = %(device_id)s", device_id=device_id)
    return found[0] if found else None


async def registered(connection: AsyncConnection, device_ids: Sequence[str]) -> set[str]:
    """Those of these devices that are in the fleet."""
    query = b"SELECT device_id FROM devices WHERE device_id = ANY(%s) AND state <> 'removed'"
    cursor = await connection.execute(query, [list(device_ids)])
    return {device_id for (device_id,) in await cursor.fetchall()}


async def clients(
    connection: AsyncConnection,
    *,
    state: str | None = None,
    email: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Client]:
    """Clients by id, from the one that follows `after`; removed and rejected ones only when `state` asks for them."""
    where = clients_where(state=state, email=email, after=after)
    return await _found(connection, CLIENTS.table, CLIENTS_FOUND, where, limit)


async def client(connection: AsyncConnection, client_id: str) -> Client | None:
    """One client, also one that was removed or rejected."""
    found = await _find(connection, CLIENTS.table, "client_id = %(client_id)s", client_id=client_id)
    return found[0] if found else None


async def sends(
    connection: AsyncConnection,
    *,
    device_id: str | None = None,
    state: str | None = None,
    request_id: str | None = None,
    campaign: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[SendRow]:
    """Sends that fulfil every condition given, newest first; since, until: of their fates."""
    where = sends_where(
        device_id=device_id, state=state, request_id=request_id, campaign=campaign, since=since, until=until
    )
    return await _found(connection, SENDS.table, SENDS_FOUND, where, limit)


async def send(connection: AsyncConnection, partition: int, request: int) -> SendRow | None:
    """One send, by the position of its request."""
    condition = "partition = %(partition)s AND request = %(request)s"
    found = await _find(connection, SENDS.table, condition, partition=partition, request=request)
    return found[0] if found else None


async def refreshes(connection: AsyncConnection, device_id: str, limit: int = 20) -> list[Refresh]:
    """A device's refreshes, newest first."""
    return await _find(connection, REFRESHES.table, REFRESHES_FOUND, device_id=device_id, limit=limit)


async def refresh_joins(
    connection: AsyncConnection, device_id: str, refresh: int, limit: int = 1000
) -> list[RefreshJoin]:
    """Who joined a refresh, in order."""
    table = REFRESH_JOINS.table
    return await _find(connection, table, JOINS_FOUND, device_id=device_id, refresh=refresh, limit=limit)


async def connections(
    connection: AsyncConnection,
    *,
    live: bool | None = True,
    worker: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Connection]:
    """Links by device, from the one that follows `after`; live, ended (False) or both (None)."""
    table = CONNECTIONS.table
    return await _find(connection, table, CONNECTIONS_FOUND, live=live, worker=worker, after=after, limit=limit)


async def user_connections(
    connection: AsyncConnection,
    *,
    user: str | None = None,
    node: str | None = None,
    live: bool | None = None,
    after: str = "",
    limit: int = 100,
) -> list[UserConnection]:
    """People's connections by user, from the one that follows `after`; live, ended (False) or both (None)."""
    where = user_connections_where(user=user, node=node, live=live, after=after)
    return await _found(connection, USER_CONNECTIONS.table, USER_CONNECTIONS_FOUND, where, limit)


async def devices_by_state(connection: AsyncConnection) -> dict[str, int]:
    """How many devices are in each state."""
    return await _counts(connection, "SELECT state, count(*) FROM devices GROUP BY state ORDER BY state")


async def sends_by_state(
    connection: AsyncConnection, *, device_id: str | None = None, since: datetime | None = None
) -> dict[str, int]:
    """How many sends, of one device or all, decided since then or ever, are in each state."""
    query = """
    SELECT state, count(*) FROM sends
    WHERE (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
      AND (%(since)s::timestamptz IS NULL OR decided_at >= %(since)s)
    GROUP BY state ORDER BY state
    """
    return await _counts(connection, query, device_id=device_id, since=since)


async def quarantined(connection: AsyncConnection) -> list[Quarantined]:
    """What every read model had to set aside."""
    cursor = await connection.execute(QUARANTINED)
    return [Quarantined(*row) for row in await cursor.fetchall()]


def devices_where(*, state: str | None = None, **wanted: Any) -> Where:
    """Devices of a state, or without one all that are in the fleet; `driver`, `kind`, `worker`, `after`."""
    where = given(DEVICES_ARE, wanted)
    return where.and_(is_none_of("state", ["removed"]) if state is None else is_("state", state))


def clients_where(*, state: str | None = None, **wanted: Any) -> Where:
    """Clients of a state, or without one all that are or come; `email`, `after`."""
    where = given(CLIENTS_ARE, wanted)
    return where.and_(is_none_of("state", ["removed", "rejected"]) if state is None else is_("state", state))


def user_connections_where(*, live: bool | None = None, **wanted: Any) -> Where:
    """People's connections: live, ended (False) or both (None); `user`, `node`, `after`."""
    where = given(USER_CONNECTIONS_ARE, wanted)
    return where if live is None else where.and_(f"ended_at IS {'' if live else 'NOT '}NULL")


def sends_where(*, state: str | None = None, **wanted: Any) -> Where:
    """Sends of a state or of any; `device_id`, `request_id`, `campaign`, `since`, `until`."""
    where = given(SENDS_ARE, wanted)
    return where if state is None else where.and_(is_("state", state))


async def _found(connection: AsyncConnection, table: Table[R], query: str, where: Where, limit: int) -> list[R]:
    return await _find(connection, table, query.format(where), **where.arguments, limit=limit)


async def _find(connection: AsyncConnection, table: Table[R], condition: str, **arguments: Any) -> list[R]:
    async with connection.cursor(row_factory=class_row(table.row)) as cursor:
        await cursor.execute(table.select(condition).encode(), arguments)
        found: Sequence[R] = await cursor.fetchall()
        return list(found)


async def _counts(connection: AsyncConnection, query: str, **arguments: Any) -> dict[str, int]:
    cursor = await connection.execute(query.encode(), arguments)
    return dict(await cursor.fetchall())
