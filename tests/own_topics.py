"""Topics that nobody else uses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient

from mendline.topics import ensure_topics, planned_topics
from schemas.cluster import Cluster
from schemas.topics import Topics


@asynccontextmanager
async def own_topics(kafka: str) -> AsyncIterator[Topics]:
    """All topics, fresh and empty, 8 partitions each, under a prefix of their own."""
    topics = Topics(prefix=f"{uuid4().hex[:12]}-")
    plans = planned_topics(topics)
    await ensure_topics(Cluster(kafka), plans)
    yield topics
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics([plan.name for plan in plans])
    await admin.close()
