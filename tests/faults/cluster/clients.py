"""Clients beside the sends: few ids and few emails, so that what is asked of them meets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import psycopg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from mendline.verify.command import verify
from mendline.verify.limits import Limits
from projections.positions import lags
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.cluster import Cluster
from schemas.envelope import encode_request
from schemas.message import Request
from schemas.partitioner import partition_of
from schemas.topics import CLIENT
from tests.faults.real.asking import PARTITIONS
from tests.faults.real.site import Site
from tests.faults.real.waiting import until_seen

IDS = 24
EMAILS = 8
PAUSE_S = 1.0
AT_ONCE = 4
UNDER_WAY = ["creating", "changing", "removing"]


@dataclass(slots=True)
class ClientAsker:
    """Asks for a few things at once, now and then, until `stop`. asked: how many requests are in the log."""

    site: Site
    luck: Random
    asked: int = 0
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped.set()

    async def ask(self, producer: AIOKafkaProducer) -> None:
        """Go on until stopped; what the brokers do not take is not asked again, for its fate is of no interest."""
        number = 0
        while not self._stopped.is_set():
            for _ in range(self.luck.randint(1, AT_ONCE)):
                number += 1
                await self._put(producer, f"c{number}")
            await asyncio.sleep(self.luck.uniform(0, PAUSE_S))

    async def _put(self, producer: AIOKafkaProducer, request_id: str) -> None:
        client, request = f"client-{self.luck.randrange(IDS)}", self._request()
        value = encode_request(request_id, request.type, client, "faults", request, time=datetime.now(UTC))
        key, twice = client.encode(), self.luck.random() < 0.2
        for _ in range(1 + twice):
            try:
                await producer.send_and_wait(
                    self.site.topics.requests(CLIENT), value, key, partition=partition_of(key, PARTITIONS)
                )
                self.asked += 1
            except KafkaError:
                return

    def _request(self) -> Request:
        email = f"person{self.luck.randrange(EMAILS)}@shop.example"
        choices: Mapping[int, Request] = {
            0: ClientCreationRequested(name="Ana", email=email),
            1: ClientChangeRequested(email=self.luck.choice((email, ""))),
            2: ClientRemovalRequested(),
        }
        return choices[self.luck.choices((0, 1, 2), (5, 3, 2))[0]]


@asynccontextmanager
async def clients_asked(site: Site, seed: int) -> AsyncIterator[ClientAsker]:
    """Requests to clients while the context lasts, or until they are stopped."""
    asker = ClientAsker(site, Random(f"{seed}/clients"))
    async with AIOKafkaProducer(bootstrap_servers=site.kafka, acks="all", enable_idempotence=True) as producer:
        asking = asyncio.create_task(asker.ask(producer))
        try:
            yield asker
        finally:
            asker.stop()
            asking.cancel()
            await asyncio.wait([asking])


async def until_clients_rest(site: Site, postgres: str, timeout_s: float) -> float:
    """Wait until nothing that was asked of clients or unique values is open, in log and tables; the seconds it took."""

    async def at_rest() -> bool:
        figures = (await verify(Cluster(site.kafka), site.topics, limits=Limits(stops=True))).figures
        undecided = [figures[name]["undecided"] for name in ("client_stream", "uniqueness_stream")]  # type: ignore[index]  # both are nested
        async with await psycopg.AsyncConnection.connect(postgres) as connection:
            behind = [
                lag for lag in await lags(connection, Cluster(site.kafka), site.topics.events(CLIENT)) if lag.records
            ]
            under_way = await connection.execute("SELECT 1 FROM clients WHERE state = ANY(%s)", [UNDER_WAY])
            return not (any(undecided) or behind or await under_way.fetchone())

    return await until_seen(at_rest, timeout_s, "clients did not come to rest")


def shared_emails(postgres: str) -> list[str]:
    """Every email that two living clients have."""
    with psycopg.connect(postgres) as connection:
        found = connection.execute(
            "SELECT email, count(*) FROM clients WHERE state = 'live' AND email <> '' GROUP BY 1 HAVING count(*) > 1"
        ).fetchall()
    return [f"{email} belongs to {count} clients" for email, count in found]
