"""Publishing requests as an outside producer does, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from schemas.device.body import Body
from schemas.device.requests import DeviceRegistrationRequested, RefreshRequested, SendRequested
from schemas.envelope import encode_request
from schemas.message import Request
from schemas.partitioner import partition_of
from tests.faults.real.fleets import Fleet
from tests.faults.real.site import Site

PARTITIONS = 8
TEXT = Body(text="Your parcel is on its way: it will be with you tomorrow between 9 and 12.")


class Asker:
    """Publishes requests with rising ids; what is published twice is published under one id."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self.published = 0
        self._producer = producer
        self._topic = topic

    async def register(self, devices: Mapping[str, str]) -> None:
        """Add devices: id to driver."""
        for device, driver in devices.items():
            await self.ask(device, DeviceRegistrationRequested(driver=driver))
        await self.flush()

    async def send(self, device: str) -> None:
        """Ask for one more send."""
        await self.ask(device, SendRequested(to=f"62811{self.published:08d}", body=TEXT))

    async def refresh(self, device: str) -> None:
        """Press the refresh button."""
        await self.ask(device, RefreshRequested())

    async def ask(self, device: str, request: Request) -> None:
        """Hand any request to the producer."""
        self.published += 1
        value = encode_request(f"r{self.published}", request.type, device, "faults", request, time=datetime.now(UTC))
        await self.put(value, device.encode(), partition_of(device.encode(), PARTITIONS))

    async def put(
        self, value: bytes | None, key: bytes | None, partition: int, headers: list[tuple[str, bytes]] | None = None
    ) -> None:
        """Hand any record to the producer."""
        await self._producer.send(self._topic, value, key, partition=partition, headers=headers or [])

    async def flush(self) -> None:
        """Wait until all of it is in the log."""
        await self._producer.flush()


@asynccontextmanager
async def asking(site: Site) -> AsyncIterator[Asker]:
    """A producer that lives as long as the context."""
    async with AIOKafkaProducer(
        bootstrap_servers=site.kafka, acks="all", enable_idempotence=True, linger_ms=5
    ) as producer:
        yield Asker(producer, site.topics.requests())


async def in_turn(asker: Asker, devices: list[str], rate: float, stop: asyncio.Event) -> None:
    """Ask each device in turn for a send, `rate` of them a second, until `stop`."""
    began, asked = asyncio.get_running_loop().time(), 0
    while not stop.is_set():
        while asked < (asyncio.get_running_loop().time() - began) * rate:
            await asker.send(devices[asked % len(devices)])
            asked += 1
        await asyncio.sleep(0.02)


@asynccontextmanager
async def load(asker: Asker, fleet: Fleet, rate: float) -> AsyncIterator[None]:
    """Sends for each device of the fleet in turn, while the context lasts."""
    stop = asyncio.Event()
    asking = asyncio.create_task(in_turn(asker, [*fleet.devices()], rate, stop))
    try:
        yield
    finally:
        stop.set()
        await asking
        await asker.flush()
