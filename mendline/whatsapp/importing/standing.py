"""What Mendline has already: the sessions in its own tables, and the devices that its read models know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection, sql

from mendline.whatsapp.importing.schema import DEVICES
from mendline.whatsapp.importing.sessions import keys_of

CONNECT_TIMEOUT_S = 5
FLEET = "SELECT device_id, driver, jid FROM devices WHERE state <> 'removed'"
SESSIONS = "SELECT jid, noise_key, identity_key FROM whatsmeow_device"


@dataclass(frozen=True, slots=True)
class Standing:
    """sessions: the keys of each JID in its tables. devices: driver and JID of each. stand_in: it talks to one."""

    sessions: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    devices: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    stand_in: bool = False


def standing_in(database: str, *, stand_in: bool) -> Standing:
    """Read it; tables that are not there yet have nothing. Raises psycopg's errors."""
    with Connection.connect(database, connect_timeout=CONNECT_TIMEOUT_S) as connection:
        connection.read_only = True
        sessions = {jid: keys_of(*keys) for jid, *keys in _asked(connection, DEVICES, SESSIONS)}
        devices = {device_id: (driver, jid) for device_id, driver, jid in _asked(connection, "devices", FLEET)}
    return Standing(sessions, devices, stand_in)


def _asked(connection: Connection[Any], table: str, query: str) -> Sequence[Any]:
    there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    return connection.execute(sql.SQL(query)).fetchall() if there == (True,) else []
