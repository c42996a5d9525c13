from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schemas.cluster import Cluster
from schemas.topics import Topics
from tests.streams.snapshots.site import Site


@pytest.fixture
async def site(kafka: str, kafka_topics: Topics) -> AsyncIterator[Site]:
    opened = Site(Cluster(kafka), kafka_topics)
    yield opened
    await opened.close()
