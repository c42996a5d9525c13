"""A topic as real brokers describe it."""

from __future__ import annotations

from schemas.cluster import Cluster
from schemas.topics import CLIENT, DEVICE, Stream, Topics
from streams.log.topic_client import TopicClient
from streams.log.topic_description import TopicDescription


async def described(kafka: str, topics: Topics, stream: Stream) -> TopicDescription:
    client = TopicClient(Cluster(kafka), topics.events(stream))
    try:
        return await client.description()
    finally:
        await client.close()


async def test_each_topic_has_an_id_of_its_own_and_leaders(kafka: str, kafka_topics: Topics) -> None:
    first, again = [await described(kafka, kafka_topics, DEVICE) for _ in range(2)]
    other = await described(kafka, kafka_topics, CLIENT)
    assert first == again
    assert first.id != other.id
    assert sorted(first.leaders) == list(range(8))
