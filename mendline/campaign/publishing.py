"""Asking for what is left of a campaign: in the file's order, many at once, each acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mendline.campaign.asked import asked_already, ends_of
from mendline.campaign.beginning import Beginning
from mendline.campaign.file import Line
from mendline.producer import Producer
from schemas.envelope import Context
from schemas.topics import Topics
from streams.log.cluster import Cluster
from streams.log.topic_client import TopicClient

IN_FLIGHT = 1000
Progress = Callable[[int], None]
"""Called with how many of the file's lines are in the log."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a run: lines that were in the log before, and lines that it put there."""

    before: int
    now: int


async def ask_for_rest(
    bootstrap: str,
    topics: Topics,
    producer: Producer,
    beginning: Beginning,
    lines: Sequence[Line],
    context: Context,
    progress: Progress,
) -> Asked:
    """Publish the lines that are not in the log yet; raises BrokersAwayError, and then a further run goes on."""
    requests = TopicClient(Cluster(bootstrap), topics.requests())
    try:
        rest = await _rest(requests, beginning, lines)
    finally:
        await requests.close()
    before = len(lines) - len(rest)
    progress(before)
    acks: deque[Awaitable[Any]] = deque()
    for count, line in enumerate(rest):
        if len(acks) == IN_FLIGHT:
            await producer.acked(acks.popleft())
            progress(before + count - IN_FLIGHT + 1)
        acks.append(await producer.begin(line.device_id, line.request, line.request_id, context))
    for ack in acks:
        await producer.acked(ack)
    progress(len(lines))
    return Asked(before, len(rest))


async def _rest(requests: TopicClient, beginning: Beginning, lines: Sequence[Line]) -> list[Line]:
    begins = beginning.ends()
    if begins is None:
        beginning.keep(await ends_of(requests))
        return list(lines)
    already = await asked_already(requests, lines[0].request.campaign or "", begins)
    return [line for line in lines if line.request_id not in already]
