"""Lists that ask for few among many are found in an index, whatever else PostgreSQL thinks of."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import AsyncConnection

from projections.api import clients, connections, sends
from projections.api.pages import Listing
from projections.queries import clients_where, sends_where, user_connections_where
from projections.where import Where

CLIENTS = """
INSERT INTO clients (partition, client_id, name, email, state, last_event_at, position)
SELECT 1, 'c-' || n, '', 'c' || n || '@shop.example', 'live', now(), n FROM generate_series(1, 5000) AS n
"""
CONNECTIONS = """
INSERT INTO user_connections (partition, user_id, connection, node, kind, groups, since, last_seen, ended_at, position)
SELECT 1, 'u-' || n, 'c', 'n-' || n % 50, 'sse', '{}', now(), now(), CASE n % 20 WHEN 0 THEN NULL ELSE now() END, n
FROM generate_series(1, 5000) AS n
"""
SENDS = """
INSERT INTO sends (partition, request, request_id, device_id, recipient, body, campaign, expires_at, state, attempts,
    decided_at, repeats, position)
SELECT 1, n, 'r-' || n, 'd-' || n % 50, '', '{}', 'c-' || n % 50, now(),
    CASE n % 20 WHEN 0 THEN 'rejected' ELSE 'accepted' END, 1, now() - interval '1 s' * n, 0, n
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.parametrize(
    ("listing", "where", "index"),
    [
        (clients.LISTING, clients_where(email="c77@shop.example"), "clients_lower_idx"),
        (clients.LISTING, clients_where(state="removed"), "clients_state_client_id_idx"),
        (connections.LISTING, user_connections_where(live=True), "user_connections_node_user_id_idx"),
        (connections.LISTING, user_connections_where(live=True, node="n-20"), "user_connections_node_user_id_idx"),
        (sends.LISTING, sends_where(), "sends_decided_at_idx"),
        (sends.LISTING, sends_where(state="rejected"), "sends_state_decided_at_idx"),
        (sends.LISTING, sends_where(state="rejected", device_id="d-10"), "sends_device_id_state_decided_at_idx"),
        (sends.LISTING, sends_where(state="rejected", campaign="c-10"), "sends_campaign_state_decided_at_idx"),
        (sends.LISTING, sends_where(campaign="c-10"), "sends_campaign_decided_at_state_idx"),
    ],
)
async def test_few_among_many_are_found_in_an_index(database: str, listing: Listing, where: Where, index: str) -> None:
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute(CLIENTS)
        await connection.execute(CONNECTIONS)
        await connection.execute(SENDS)
        await connection.execute("ANALYZE")
        assert index in await plan(connection, listing, where)


async def plan(connection: AsyncConnection[Any], listing: Listing, where: Where) -> str:
    """What PostgreSQL would do for the first page."""
    order = ", ".join(f"{column}{' DESC' * listing.descending}" for column in listing.order)
    asked = f"EXPLAIN {listing.select} WHERE {where} ORDER BY {order} LIMIT 101"
    cursor = await connection.execute(asked.encode(), where.arguments)
    return "\n".join(line for (line,) in await cursor.fetchall())
