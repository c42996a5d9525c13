"""Clients on a real Kafka: created once, their emails their own, by a real worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from mendline.data_folder import Identity
from mendline.following import follow
from mendline.producer import Asked, Producer
from mendline.settings import load_settings
from mendline.worker import Site, open_holdings
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.cluster import Cluster
from schemas.message import Request
from schemas.story import Told
from schemas.topics import CLIENT, Topics
from streams.worker.app import Working

pytestmark = pytest.mark.kafka
ANA = ClientCreationRequested(name="Ana", email="ana@shop.example")
ANAS_EMAIL = "ANA@shop.example"


class Shop:
    """Asks things of clients, and waits for what becomes of them."""

    def __init__(self, kafka: str, topics: Topics, producer: Producer) -> None:
        self._kafka = kafka
        self._topics = topics
        self._producer = producer

    async def ask(self, client_id: str, request: Request) -> list[Told]:
        """All events about a request."""
        asked = await self._producer.publish(client_id, request, stream=CLIENT)
        return await told_of(self._kafka, self._topics, asked)

    async def ends(self, client_id: str, request: Request) -> str:
        """How a request ended."""
        return (await self.ask(client_id, request))[-1].event.type


async def told_of(kafka: str, topics: Topics, asked: Asked) -> list[Told]:
    """All events about a request that was published."""
    return [told async for told in follow(Cluster(kafka), topics, asked, 60)]


def working(kafka: str, topics: Topics, folder: Path) -> AbstractAsyncContextManager[Working]:
    """A real worker, while the context lasts."""
    settings = load_settings(topic_prefix=topics.prefix, data=folder)
    identity = Identity(installation_id="t", installation_key=b"\x01" * 32, instance_id="w", folder="w")
    return open_holdings(settings, Site(Cluster(kafka), folder / "unused", identity), {})


@pytest.fixture
async def shop(kafka: str, kafka_topics: Topics, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose clients a real worker owns."""
    async with working(kafka, kafka_topics, tmp_path), Producer(Cluster(kafka), kafka_topics) as producer:
        yield Shop(kafka, kafka_topics, producer)


async def test_three_creations_at_once_give_one_client_and_three_equal_answers(
    kafka: str, kafka_topics: Topics, tmp_path: Path
) -> None:
    async with Producer(
        Cluster(kafka), kafka_topics
    ) as producer:  # all three are there before the first can be decided
        asked = [await producer.publish("ana", ANA, stream=CLIENT) for _ in range(3)]
    async with working(kafka, kafka_topics, tmp_path):
        answers = await asyncio.gather(*(told_of(kafka, kafka_topics, each) for each in asked))
    assert {told[-1].event for told in answers} == {answers[0][-1].event}
    assert {told[-1].offset for told in answers} == {answers[0][-1].offset}
    assert answers[0][-1].event.type == "client_created"


async def test_an_email_that_another_has_is_refused_and_nothing_is_overwritten(shop: Shop) -> None:
    await shop.ask("ana", ANA)
    assert await shop.ends("budi", ClientCreationRequested(email=ANAS_EMAIL)) == "client_creation_rejected"
    assert await shop.ends("ana", ClientCreationRequested(name="Other")) == "request_already_done"
    assert await shop.ends("ana", ClientChangeRequested(name="Ana")) == "request_already_done"


async def test_a_released_email_is_free_for_others(shop: Shop) -> None:
    await shop.ask("ana", ANA)
    assert await shop.ends("ana", ClientChangeRequested(email="anna@shop.example")) == "client_changed"
    assert await shop.ends("ana", ClientRemovalRequested()) == "client_removed"
    assert await shop.ends("budi", ClientCreationRequested(email=ANAS_EMAIL)) == "client_created"
