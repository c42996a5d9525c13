"""Asking for what is left of a campaign: in the file's order, many at once, each acknowledged."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mendline.campaign.asked import asked_already, both_topics, ends_of, refused_of
from mendline.campaign.beginning import Beginning
from mendline.campaign.file import Line
from mendline.producer import Producer
from schemas.cluster import Cluster
from schemas.envelope import Context
from schemas.topics import Topics

IN_FLIGHT = 1000
Progress = Callable[[int], None]
"""Called with how many of the file's lines are in the log."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a run: lines that were in the log before, and lines that it put there.

    refused: why lines that it asked for again had been refused before, by reason, and how many each.
    """

    before: int
    now: int
    refused: Mapping[str, int]


async def ask_for_rest(
    cluster: Cluster,
    topics: Topics,
    producer: Producer,
    beginning: Beginning,
    lines: Sequence[Line],
    context: Context,
    progress: Progress,
) -> Asked:
    """Publish the lines that are not in the log yet; raises BrokersAwayError, and then a further run goes on."""
    rest, refused = await _rest(cluster, topics, beginning, lines)
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
    return Asked(before, len(rest), refused)


async def _rest(
    cluster: Cluster, topics: Topics, beginning: Beginning, lines: Sequence[Line]
) -> tuple[Sequence[Line], Mapping[str, int]]:
    """The lines to ask for, and why some of them were refused before."""
    async with both_topics(cluster, topics) as (cluster_id, requests, events):
        begins = beginning.ends(cluster_id)
        if begins is None:
            beginning.keep(cluster_id, await ends_of(requests, events))
            return lines, {}
        already = await asked_already(requests, lines[0].request.campaign or "", begins.requests)
        refused = await refused_of(events, begins.events, already)
    rest = [line for line in lines if line.request_id not in already or line.request_id in refused]
    return rest, Counter(refused[line.request_id].detail for line in rest if line.request_id in refused)
