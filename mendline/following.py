"""Following a request through the events of its partition: to its fate, and on to an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from mendline.producer import Asked
from schemas.client_story import ClientStory
from schemas.cluster import Cluster
from schemas.story import Story, Told, told
from schemas.topics import CLIENT, Topics
from streams.log.event_reading import records_from
from streams.log.topic_client import TopicClient


class NoAnswerError(Exception):
    """What was asked comes to its fate, or to its end, within the time given."""


async def follow(cluster: Cluster, topics: Topics, asked: Asked, timeout_s: float) -> AsyncGenerator[Told, None]:
    """Every event about what was asked as it comes, its fate first, up to its end; raises NoAnswerError."""
    kind = ClientStory if asked.stream is CLIENT else Story
    story = kind(asked.device_id, asked.position.offset)
    deadline = asyncio.get_running_loop().time() + timeout_s
    events = TopicClient(cluster, topics.events(asked.stream))
    batches = records_from(events, asked.position.partition, asked.events_from)
    async with aclosing(batches):
        while not story.ended:
            try:
                async with asyncio.timeout_at(deadline):
                    batch = await anext(batches)
            except TimeoutError as error:
                raise NoAnswerError(_no_answer(story, asked, timeout_s)) from error
            for each in (told(record.offset, record.value) for record in batch):
                if each and not story.ended and story.tells(each.envelope, each.event):
                    yield each


async def wait_for_fate(cluster: Cluster, topics: Topics, asked: Asked, timeout_s: float) -> Told:
    """The event that decides what was asked; raises NoAnswerError."""
    async with aclosing(follow(cluster, topics, asked, timeout_s)) as events:
        return await anext(events)


def _no_answer(story: Story | ClientStory, asked: Asked, timeout_s: float) -> str:
    where = "/".join(map(str, asked.position))
    if isinstance(story, ClientStory) and story.decided:
        return (
            f"{asked.request_id} ({where}) goes on, but has not ended within {timeout_s:g} s: wait longer; it is asked "
            "again by itself until the owner of the email answers"
        )
    if story.decided:
        return (
            f"{asked.request_id} ({where}) goes on, but has not ended within {timeout_s:g} s: wait longer, or see "
            f"what it waits for in `mendline timeline {asked.device_id}`"
        )
    return (
        f"{asked.request_id} ({where}) is in the log, but was not decided within {timeout_s:g} s: "
        "is a worker running? `mendline doctor` looks; it will be decided once"
    )
