"""A site on the run's shared servers, and one whose broker a test may freeze and kill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from mendline.embedded.kafka import KafkaCluster, KafkaNode
from mendline.whatsapp.build import Programs
from mendline.whatsapp.stand_in import StandIn, standing_in
from schemas.topics import Topics
from tests.faults.real.asking import Asker, asking
from tests.faults.real.log import Log
from tests.faults.real.site import Site


@pytest.fixture
def site(kafka: str, kafka_topics: Topics, tmp_path: Path) -> Iterator[Site]:
    """Fresh topics on the shared broker."""
    with Site(tmp_path, kafka, kafka_topics) as opened:
        yield opened


@pytest.fixture
async def log(site: Site) -> AsyncIterator[Log]:
    """The site's log."""
    async with Log(site.kafka, site.topics) as opened:
        yield opened


@pytest.fixture
async def asker(site: Site) -> AsyncIterator[Asker]:
    """A producer of the site's requests."""
    async with asking(site) as opened:
        yield opened


@pytest.fixture
def node(kafka_nodes: Callable[[int], KafkaCluster]) -> KafkaNode:
    """A broker of the test's own."""
    return kafka_nodes(1).nodes[0]


@pytest.fixture
def own_site(node: KafkaNode, tmp_path: Path) -> Iterator[Site]:
    """A site on the test's own broker, without topics yet."""
    with Site(tmp_path, node.plan.address, Topics()) as opened:
        yield opened


@pytest.fixture
def stand_in(programs: Programs, tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in for WhatsApp in which all goes well."""
    with standing_in(programs.stand_in, tmp_path) as running:
        yield running
