"""Following a request through the events of its partition: to its fate, and on to an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ValidationError

from mendline.client_story import ClientStory
from mendline.producer import Asked
from schemas.catalogue import UnknownTypeError, event_of
from schemas.device.lifecycle import DeviceParked, DeviceRemoved, DeviceResumed
from schemas.device.links import (
    RefreshAdvanced,
    RefreshFailed,
    RefreshJoined,
    RefreshQueued,
    RefreshStarted,
    RefreshSucceeded,
)
from schemas.device.sends import (
    SendAccepted,
    SendAttempted,
    SendCancelled,
    SendDeferred,
    SendExpired,
    SendQueued,
    SendReconciling,
    SendRejected,
    SendRepeated,
    SendResolved,
    SendReturned,
    SendUncertain,
)
from schemas.envelope import EventEnvelope, UndecodableError, decode_event
from schemas.message import Event, PartitionClaimed, PartitionReleased
from schemas.topics import CLIENT, Topics
from streams.log.cluster import Cluster
from streams.log.event_reading import records_from
from streams.log.ports import LogRecord
from streams.log.topic_client import TopicClient

OF_SENDS = (
    SendAttempted,
    SendReturned,
    SendAccepted,
    SendRejected,
    SendDeferred,
    SendReconciling,
    SendUncertain,
    SendResolved,
    SendExpired,
    SendCancelled,
)
ENDS_OF_SENDS = (SendAccepted, SendRejected, SendUncertain, SendExpired, SendCancelled)
OF_REFRESHES = (RefreshQueued, RefreshStarted, RefreshAdvanced, RefreshSucceeded, RefreshFailed)
ENDS_OF_REFRESHES = (RefreshSucceeded, RefreshFailed)
OF_DEVICES = (DeviceParked, DeviceResumed)
ENDS_OF_LINKS = (PartitionClaimed, PartitionReleased)


class NoAnswerError(Exception):
    """What was asked comes to its fate, or to its end, within the time given."""


class Told(NamedTuple):
    """An event about what was asked, and where it lies."""

    offset: int
    envelope: EventEnvelope
    event: Event


@dataclass(slots=True)
class Story:
    """What a partition's events, in log order, tell of one request.

    send, refresh: the numbers of the send and of the refresh that it became or joined.
    """

    device_id: str
    request: int
    decided: bool = False
    ended: bool = False
    send: int | None = None
    refresh: int | None = None

    def tells(self, envelope: EventEnvelope, event: Event) -> bool:
        """Whether the event that comes next in the log belongs to the story."""
        if envelope.decides == self.request:
            self._decide(event)
            return True
        if not self.decided or self.ended:
            return False
        if isinstance(event, ENDS_OF_LINKS):
            self.ended = self.send is None
            return self.ended
        return envelope.subject == self.device_id and self._goes_on(event)

    def _decide(self, event: Event) -> None:
        self.decided = True
        match event:
            case SendAttempted() | SendQueued():
                self.send = event.request
            case SendRepeated(settled=False):
                self.send = event.first
            case RefreshQueued() | RefreshStarted() | RefreshJoined():
                self.refresh = event.refresh
            case _:
                self.ended = True

    def _goes_on(self, event: Event) -> bool:
        if isinstance(event, OF_SENDS):
            self.ended = event.request == self.send and _ends_send(event)
            return event.request == self.send
        if isinstance(event, OF_REFRESHES):
            mine = self.refresh in (None, event.refresh)
            self.ended = self.refresh == event.refresh and isinstance(event, ENDS_OF_REFRESHES)
            return mine
        if isinstance(event, DeviceRemoved) and self.send is None:
            self.ended = True
        return isinstance(event, (*OF_DEVICES, DeviceRemoved))


def _ends_send(event: Event) -> bool:
    again = isinstance(event, SendResolved) and event.resolution == "send_again"
    return isinstance(event, (*ENDS_OF_SENDS, SendResolved)) and not again


async def follow(bootstrap: str, topics: Topics, asked: Asked, timeout_s: float) -> AsyncGenerator[Told, None]:
    """Every event about what was asked as it comes, its fate first, up to its end; raises NoAnswerError."""
    kind = ClientStory if asked.stream is CLIENT else Story
    story = kind(asked.device_id, asked.position.offset)
    deadline = asyncio.get_running_loop().time() + timeout_s
    events = TopicClient(Cluster(bootstrap), topics.events(asked.stream))
    batches = records_from(events, asked.position.partition, asked.events_from)
    async with aclosing(batches):
        while not story.ended:
            try:
                async with asyncio.timeout_at(deadline):
                    batch = await anext(batches)
            except TimeoutError as error:
                raise NoAnswerError(_no_answer(story, asked, timeout_s)) from error
            for each in map(told, batch):
                if each and not story.ended and story.tells(each.envelope, each.event):
                    yield each


async def wait_for_fate(bootstrap: str, topics: Topics, asked: Asked, timeout_s: float) -> Told:
    """The event that decides what was asked; raises NoAnswerError."""
    async with aclosing(follow(bootstrap, topics, asked, timeout_s)) as events:
        return await anext(events)


def told(record: LogRecord) -> Told | None:
    """The event in a record if it counts.

    A reader that starts in the middle does not know whose claim holds, and reading back to the marker may mean
    millions of records. `sequence` alone tells: an owner sends a batch only when all before it is acknowledged
    where it was expected, so whatever it wrote behind the marker that ended its claim lies further on in the log
    than its `sequence` says, by that marker at least. (What the claim adds is for logs that were cut or copied.)
    """
    try:
        envelope = decode_event(record.value)
        event = event_of(envelope.type, envelope.data)
    except (UndecodableError, UnknownTypeError, ValidationError):
        return None
    marker = isinstance(event, PartitionClaimed)
    return Told(record.offset, envelope, event) if marker or envelope.sequence == record.offset else None


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
