"""What would be touched by what cannot be undone, for the question before it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg

from mendline.command_line.database import opened
from mendline.errors import SetupError
from mendline.settings import Settings
from projections import queries
from projections.devices import Device
from projections.errors import ProjectionError


def removal_question(settings: Settings, ids: Sequence[str]) -> str:
    """Whether to remove these devices, with how many sends that cancels, as far as the read models tell."""
    whose = ids[0] if len(ids) == 1 else f"{len(ids)} devices"
    try:
        found = asyncio.run(_devices(settings, ids))
    except (SetupError, ProjectionError, psycopg.Error):
        return f"Remove {whose}? The read models do not answer: how many sends that cancels is not known."
    waiting = sum(device.waiting for device in found)
    unknown = f" {len(ids) - len(found)} of them are not known to the read models." if len(found) < len(ids) else ""
    touched = "1 send that waits" if waiting == 1 else f"{waiting:,} sends that wait"
    return f"Remove {whose}, and cancel the {touched} there?{unknown}"


async def _devices(settings: Settings, ids: Sequence[str]) -> list[Device]:
    async with opened(settings) as connection:
        found = [await queries.device(connection, device_id) for device_id in ids]
    return [device for device in found if device is not None]
