"""Which workers are connected: the members of the group that shares the requests."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient

from mendline.doctor.finding import Finding, Level
from schemas.cluster import Cluster


async def connected_workers(cluster: Cluster, group_id: str) -> list[Finding]:
    """Whether any worker is connected, and which; raises KafkaError."""
    members = await _members(cluster, group_id)
    if not members:
        advice = "start one: `mendline worker`, or `mendline up` for everything on this machine"
        return [Finding(Level.WRONG, f"group {group_id}", "no worker is connected: nothing is decided", advice)]
    return [Finding(Level.FINE, f"group {group_id}", f"{len(members)} connected: {', '.join(sorted(members))}")]


async def _members(cluster: Cluster, group_id: str) -> list[str]:
    admin = AIOKafkaAdminClient(**cluster.options())
    try:
        await admin.start()
        responses = await admin.describe_consumer_groups([group_id])
    finally:
        await admin.close()
    return [f"{member[1]}{member[2]}" for response in responses for group in response.groups for member in group[5]]
