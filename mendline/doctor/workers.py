"""Which workers are connected: the members of the group that shares the requests."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError

from mendline.doctor.finding import Finding, Level
from schemas.cluster import Cluster

NOT_YET = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError)
"""Brokers make the topic of groups when they are first asked about one, and load it anew when its leader changes."""
AGAIN_S = 0.2


async def connected_workers(cluster: Cluster, group_id: str) -> list[Finding]:
    """Whether any worker is connected, and which; waits until the group has a coordinator. Raises KafkaError."""
    members = await _members(cluster, group_id)
    if not members:
        advice = "start one: `mendline worker`, or `mendline up` for everything on this machine"
        return [Finding(Level.WRONG, f"group {group_id}", "no worker is connected: nothing is decided", advice)]
    return [Finding(Level.FINE, f"group {group_id}", f"{len(members)} connected: {', '.join(sorted(members))}")]


async def _members(cluster: Cluster, group_id: str) -> list[str]:
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
        responses = await _described(admin, group_id)
    finally:
        await admin.close()
    return [f"{member[1]}{member[2]}" for response in responses for group in response.groups for member in group[5]]


async def _described(admin: AIOKafkaAdminClient, group_id: str) -> list[Any]:
    while True:
        try:
            described: list[Any] = await admin.describe_consumer_groups([group_id])
        except NOT_YET:
            await asyncio.sleep(AGAIN_S)
        else:
            return described
