"""What a worker and a projector log, at the level that tells most: nothing that a person could be known by."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from mendline.following import follow
from mendline.producer import Producer
from schemas.client.requests import ClientCreationRequested
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.requests import DeviceRegistrationRequested, SendRequested
from schemas.envelope import encode_request
from schemas.partitioner import partition_of
from schemas.topics import CLIENT
from tests.faults.real.asking import PARTITIONS, Asker, asking
from tests.faults.real.conftest import site
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.site import Site
from tests.faults.real.waiting import until
from tests.mendline.telemetry.scrapes import free_port, readiness_at, scrape_at
from tests.projections.conftest import database

__all__ = ["database", "site"]
DEVICE = "phone-00001"
FLEET = Fleet(1, (Group("simulated-repeatable", "phone-", 1, 20),))
WAIT_S = 60.0
RECIPIENT, TEXT, NAME, EMAIL = "628110099887", "meet me at the old mill", "Wilhelmina", "wilhelmina@example.org"
"""Telling ones."""
REFRESHING = f"Refreshing WhatsApp device {DEVICE}: link 1, by simulated-repeatable"


@pytest.fixture
async def asker(site: Site) -> AsyncIterator[Asker]:
    """A producer of the site's requests."""
    async with asking(site) as opened:
        yield opened


async def ask_all(asker: Asker) -> None:
    """A device, and sends: one that leaves, one that is refused, one that is wrong, one that is not even JSON."""
    send = SendRequested(to=RECIPIENT, body=Body(text=TEXT))
    await asker.ask(DEVICE, DeviceRegistrationRequested(driver="simulated-repeatable"))
    await asker.ask(DEVICE, send)
    await asker.ask("nobody", send)
    wrong = encode_request("w", send.type, DEVICE, "t", {"to": RECIPIENT, "txt": TEXT}, time=datetime.now(UTC))
    for value in (wrong, TEXT.encode()):
        await asker.put(value, DEVICE.encode(), partition_of(DEVICE.encode(), PARTITIONS))
    await asker.flush()


async def create_client(site: Site) -> None:
    """A client, and what became of it."""
    async with Producer(Cluster(site.kafka), site.topics) as producer:
        request = ClientCreationRequested(name=NAME, email=EMAIL)
        asked = await producer.publish("c1", request, stream=CLIENT)
        assert [told async for told in follow(Cluster(site.kafka), site.topics, asked, WAIT_S)]


def folded(port: int) -> float:
    """Sends that the projector knows to be over, and clients that it knows."""
    scrape = scrape_at(port)
    return scrape.sum("mendline_send_seconds_count") + scrape.sum(
        "mendline_projector_events_total", type="client_created"
    )


async def test_nothing_of_persons_is_logged(site: Site, asker: Asker, database: str) -> None:
    site.settings |= {"MENDLINE_LOG_LEVEL": "debug"}
    port = free_port()
    await site.fleet(FLEET.text())
    worker, projector = (
        site.worker(MENDLINE_LOG_FORMAT="json"),
        site.projector(database, MENDLINE_METRICS_PORT=str(port)),
    )
    worker.start()
    projector.start()
    await ask_all(asker)
    await create_client(site)
    await until(lambda: readiness_at(port)[0] == 200 and folded(port) == 2, WAIT_S, "not everything is folded")

    logged = worker.words() + projector.words()

    assert [told for told in (RECIPIENT, TEXT, NAME, EMAIL) if told in logged] == []
    refreshing = [json.loads(line) for line in worker.words().splitlines() if "Refreshing" in line]
    assert [(line["event"], line["device_id"]) for line in refreshing] == [(REFRESHING, DEVICE)]
