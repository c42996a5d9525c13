"""Retention that has come past the transaction marker behind the last request has lost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from tests.faults.real.asking import PARTITIONS, Asker
from tests.faults.real.fleets import slow_fleet
from tests.faults.real.log import Log
from tests.faults.real.site import Site

SEED = 12
WAIT_S = 60.0
COMMITTED_S = 3.0


async def registered_in_a_transaction(site: Site, devices: Mapping[str, str]) -> None:
    """Register devices as a transactional producer does."""
    made = AIOKafkaProducer(bootstrap_servers=site.kafka, transactional_id=site.topics.prefix)
    async with made as producer, producer.transaction():
        await Asker(producer, site.topics.requests()).register(devices)


async def everything_deleted(site: Site) -> None:
    """Delete every request, as retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=site.kafka)
    await admin.start()
    everything = {TopicPartition(site.topics.requests(), n): RecordsToDelete(-1) for n in range(PARTITIONS)}
    await admin.delete_records(everything)
    await admin.close()


@pytest.mark.slow
async def test_a_partition_goes_on_whose_last_transaction_marker_is_gone(site: Site, log: Log, asker: Asker) -> None:
    fleet = slow_fleet(SEED)
    await site.fleet(fleet.text())
    worker = site.worker()
    worker.start()
    await registered_in_a_transaction(site, fleet.devices())
    await log.until_drained(WAIT_S)
    await asyncio.sleep(COMMITTED_S)
    worker.end()
    await everything_deleted(site)
    worker.start()
    for device in fleet.devices():
        await asker.send(device)
    await asker.flush()
    await log.until_counted("send_accepted", len(fleet.devices()), WAIT_S)
    assert "are gone" not in worker.words()
