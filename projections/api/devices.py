"""Devices with the evidence for their state, one by id and by the page; and a device's connection."""

from __future__ import annotations

from psycopg import AsyncConnection

from projections.api.pages import Document, Listing, Row, Wanted, first, page
from projections.connections import CONNECTIONS
from projections.devices import DEVICES
from projections.queries import devices_where
from projections.where import Where
from schemas.topics import DEVICE

EVIDENCE = """
LEFT JOIN (SELECT partition, worker FROM checkpoints WHERE projection = 'devices' AND owned) AS claims USING (partition)
LEFT JOIN (
    SELECT device_id, partition, link AS link_number, kind, worker AS held_by, since, last_seen, ended_at, why,
        position AS link_position
    FROM connections
) AS links USING (device_id, partition)
LEFT JOIN LATERAL (
    SELECT request_id, state AS send_state, decided_at, attempted_at, settled_at FROM sends
    WHERE sends.device_id = devices.device_id ORDER BY decided_at DESC LIMIT 1
) AS last_sends ON true
"""
WHAT = ("link_number", "kind", "held_by", "since", "last_seen", "ended_at", "why", "link_position")
LAST_SEND = ("request_id", "send_state", "decided_at", "attempted_at", "settled_at")
AS_THEY_ARE = (
    *("device_id", "driver", "name", "credential", "jid", "pace_min_s", "pace_max_s", "state", "reason", "until"),
    *("refreshes", "failures", "waiting", "worker", "registered_at", "last_event_at"),
)


async def device(connection: AsyncConnection, device_id: str) -> Document | None:
    """One device, also a removed one."""
    return await first(connection, LISTING, Where().and_("device_id = %(device_id)s", device_id=device_id))


async def devices(connection: AsyncConnection, wanted: Wanted) -> Document:
    """A page of devices by id, filtered by `state`, `driver`, `kind`, `worker`; without `state` those of the fleet.

    Raises CursorInvalidError.
    """
    return await page(connection, LISTING, devices_where(**wanted.filters), wanted)


async def connection_of(connection: AsyncConnection, device_id: str) -> Document | None:
    """A device's live link, or its last one; None if it never had one."""
    return await first(connection, LINKS, Where().and_("device_id = %(device_id)s", device_id=device_id))


def _document(row: Row) -> Document:
    partition = row["partition"]
    document = {name: row[name] for name in AS_THEY_ARE}
    document["kind"] = "linked" if row["linked"] else "platform"
    document["in_flight"] = [f"{DEVICE.requests}/{partition}/{request}" for request in row["in_flight"]]
    document["connection"] = None if row["link_number"] is None else _link_of_device(row)
    document["last_send"] = None if row["request_id"] is None else _last_send(row)
    document["position"] = f"{DEVICE.events}/{partition}/{max(row['position'], row['link_position'] or 0)}"
    return document


def _link_of_device(row: Row) -> Document:
    link = {"worker": row["held_by"], "link": row["link_number"], "position": row["link_position"]}
    return _link({**row, **link})


def _last_send(row: Row) -> Document:
    told = {name: row[name] for name in ("request_id", "decided_at", "attempted_at", "settled_at")}
    return told | {"state": row["send_state"]}


def _link(row: Row) -> Document:
    return {
        "device_id": row["device_id"],
        "link": row["link"],
        "kind": row["kind"],
        "live": row["ended_at"] is None,
        "worker": row["worker"],
        "since": row["since"],
        "last_seen": row["last_seen"],
        "ended_at": row["ended_at"],
        "why": row["why"],
        "position": f"{DEVICE.events}/{row['partition']}/{row['position']}",
    }


ORDER = {"device_id": "text", "partition": "int"}
COLUMNS = ", ".join((*(f"devices.{name}" for name in DEVICES.table.columns), "worker", *WHAT, *LAST_SEND))
LISTING = Listing("devices", f"SELECT {COLUMNS} FROM devices {EVIDENCE}", ORDER, _document)
LINKS = Listing("connections", CONNECTIONS.table.read, ORDER, _link)
