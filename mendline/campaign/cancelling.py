"""Cancelling a campaign: every device that may still have sends of it waiting is asked to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from mendline.following import NoAnswerError
from mendline.producer import Asked, Producer
from schemas.cluster import Cluster
from schemas.device.requests import SendCancellationRequested
from schemas.device.sends import CampaignCancelled
from schemas.envelope import Context
from schemas.message import Event, RequestRefused
from schemas.story import told
from schemas.topics import Topics
from streams.log.event_reading import records_from
from streams.log.topic_client import TopicClient


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a device answered: how many sends were taken back, or why it was refused."""

    device_id: str
    sends: int
    refused: str | None = None


async def cancel_on(
    cluster: Cluster,
    topics: Topics,
    producer: Producer,
    campaign: str,
    devices: Sequence[str],
    context: Context,
    timeout_s: float,
) -> list[Cancelled]:
    """Ask every device, and wait for every answer; raises NoAnswerError where one does not come in time."""
    request = SendCancellationRequested(campaign=campaign)
    asked = [await producer.publish(device_id, request, context=context) for device_id in devices]
    of_partition: dict[int, list[Asked]] = defaultdict(list)
    for each in asked:
        of_partition[each.position.partition].append(each)
    try:
        async with asyncio.timeout(timeout_s):
            answers = await asyncio.gather(*(_answers(cluster, topics, each) for each in of_partition.values()))
    except TimeoutError:
        raise NoAnswerError(
            f"{len(asked)} devices were asked to cancel campaign {campaign}, but not all answered within "
            f"{timeout_s:g} s: is a worker running? `mendline doctor` looks; it will be decided once"
        ) from None
    return sorted((each for found in answers for each in found), key=lambda each: each.device_id)


async def _answers(cluster: Cluster, topics: Topics, asked: Iterable[Asked]) -> list[Cancelled]:
    """The answers of one partition."""
    waits = {each.position.offset: each for each in asked}
    partition = next(iter(waits.values())).position.partition
    found: list[Cancelled] = []
    events = TopicClient(cluster, topics.events())
    async with aclosing(records_from(events, partition, min(each.events_from for each in waits.values()))) as batches:
        async for batch in batches:
            for seen in filter(None, (told(record.offset, record.value) for record in batch)):
                if (each := waits.pop(seen.envelope.decides, None)) is not None:  # type: ignore[arg-type]  # None is no key
                    found.append(_answer(each.device_id, seen.event))
            if not waits:
                break
    return found


def _answer(device_id: str, event: Event) -> Cancelled:
    match event:
        case CampaignCancelled(sends=sends):
            return Cancelled(device_id, sends)
        case RequestRefused(detail=detail):
            return Cancelled(device_id, 0, detail)
    return Cancelled(device_id, 0)
