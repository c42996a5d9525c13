"""What of a campaign is in the log already: read from the requests, whose order is the truth, and from their fates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from mendline.campaign.beginning import Ends
from mendline.errors import SetupError
from mendline.producer import TIMEOUT_S, BrokersAwayError
from schemas.cluster import Cluster
from schemas.envelope import UndecodableError, decode_request
from schemas.message import RequestRefused
from schemas.story import told
from schemas.topics import Topics
from streams.log.event_reading import decoded
from streams.log.ports import LogRecord
from streams.log.topic_client import TopicClient

REFUSED = f'"{RequestRefused.type}"'.encode()


class CampaignForgottenError(SetupError):
    """The log still has all requests since the campaign began."""

    code = "campaign_forgotten"


class AskedOf(NamedTuple):
    """A request of a campaign: of which device, and where it lies."""

    device_id: str
    partition: int
    offset: int


class BothTopics(NamedTuple):
    """The topics of requests and of events, and the id of the cluster that has them."""

    cluster_id: str
    requests: TopicClient
    events: TopicClient


@asynccontextmanager
async def both_topics(cluster: Cluster, topics: Topics) -> AsyncIterator[BothTopics]:
    """Both topics, while the context lasts; raises BrokersAwayError where nobody answers at its beginning."""
    requests, events = (TopicClient(cluster, topic) for topic in (topics.requests(), topics.events()))
    try:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                cluster_id = await requests.cluster_id()
        except TimeoutError:
            message = f"{cluster.bootstrap} does not answer: are its brokers up? `mendline doctor` looks"
            raise BrokersAwayError(message) from None
        yield BothTopics(cluster_id, requests, events)
    finally:
        await asyncio.gather(requests.close(), events.close())


async def ends_of(requests: TopicClient, events: TopicClient) -> Ends:
    """Where both topics end now, by partition."""
    partitions = range(await requests.partitions())
    return Ends([await requests.end(n) for n in partitions], [await events.end(n) for n in partitions])


async def asked_already(requests: TopicClient, campaign: str, begins: Sequence[int]) -> dict[str, AskedOf]:
    """Every request of the campaign's file in the log since `begins`, by its id; of several the last."""
    found: dict[str, AskedOf] = {}
    for partition, begin in enumerate(begins):
        end = await requests.end(partition)
        if begin < end and await requests.first(partition) > begin:
            raise CampaignForgottenError(
                f"the log forgot requests of campaign {campaign} (retention), so nobody can say what was asked for: "
                "see `mendline campaign show`, and ask for the rest under another name"
            )
        async for records in _stretch(requests, partition, begin, end):
            found.update(_of_campaign(records, campaign, partition))
    return found


async def refused_of(
    events: TopicClient, begins: Sequence[int], asked: Mapping[str, AskedOf]
) -> dict[str, RequestRefused]:
    """Which of these requests were refused, by their ids: nothing of them was sent, or ever will be."""
    ids = {(each.partition, each.offset): request_id for request_id, each in asked.items()}
    found: dict[str, RequestRefused] = {}
    for partition, begin in enumerate(begins):
        async for records in _stretch(events, partition, begin, await events.end(partition)):
            for seen in (told(record.offset, record.value) for record in records if REFUSED in (record.value or b"")):
                if seen and isinstance(seen.event, RequestRefused) and seen.envelope.decides is not None:
                    request_id = ids.get((partition, seen.envelope.decides))
                    found |= {} if request_id is None else {request_id: seen.event}
    return found


async def _stretch(
    topic: TopicClient, partition: int, begin: int, end: int
) -> AsyncGenerator[Sequence[LogRecord], None]:
    position = max(begin, await topic.first(partition))
    while position < end:
        records, position = decoded(await topic.fetch(partition, position), topic.topic)
        yield records


def _of_campaign(records: Sequence[LogRecord], campaign: str, partition: int) -> Iterator[tuple[str, AskedOf]]:
    begin, trace = f"{campaign}:", f"{campaign}:".encode()
    for record in records:
        if record.value is None or trace not in record.value:
            continue
        try:
            request = decode_request(record.value)
        except UndecodableError:
            continue
        if request.id.startswith(begin) and request.data.get("campaign") == campaign:
            yield request.id, AskedOf(request.subject, partition, record.offset)
