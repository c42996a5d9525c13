"""The demonstration of WhatsApp: every device is paired with a made-up phone first, then things go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from psycopg import AsyncConnection

from mendline.demo.requests import Registration

DRIVER = "whatsapp"
PAIRED = "SELECT count(*) FROM devices WHERE jid IS NOT NULL"
LOOK_EVERY_S = 0.5
LIMIT_S = 90.0
"""Without another paired device for so long it goes on with those that are."""
TROUBLES = """
device phone-00003 connect 3: failure 401
device *7 connect 1: failure 503
device *[05] message every 33: cut
device * message every 15: ack-cut after=20
to *99 lookup: unknown
"""
"""What the stand-in lets happen once all are paired: links that drop, a session that is gone, lost answers."""


def whatsapp_devices(count: int) -> list[Registration]:
    """So many devices, each with its driver."""
    return [(f"phone-{number:05d}", DRIVER) for number in range(1, count + 1)]


async def until_paired(connection: AsyncConnection[Any], count: int, check: Callable[[], None]) -> int:
    """Wait until the tables tell of so many paired devices; gives how many there are after LIMIT_S without another."""
    clock = asyncio.get_running_loop().time
    paired, since = 0, clock()
    while paired < count and clock() - since < LIMIT_S:
        await asyncio.sleep(LOOK_EVERY_S)
        check()
        now = (await (await connection.execute(PAIRED)).fetchall())[0][0]
        if now != paired:
            paired, since = now, clock()
    return paired
