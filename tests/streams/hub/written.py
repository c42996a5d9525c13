"""A log that a test writes, and listeners that note what they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.device.body import Body
from schemas.device.sends import Send, SendAccepted, SendQueued
from schemas.envelope import NO_CONTEXT, Context, encode_event
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed
from schemas.partitioner import partition_of
from schemas.topics import DEVICE, Stream
from streams.hub.fan_out import Message
from streams.hub.feed import FOLLOWED, Feed
from streams.hub.kept import Kept, kept

PARTITIONS = 4
AT = "2026-11-23T04:05:06+00:00"
CLAIM = "0" * 15 + "1"


def queued(send: int, campaign: str | None = None, text: str = "x") -> SendQueued:
    whole = Send(
        to="+62811",
        body=Body(text=text),
        campaign=campaign,
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        digest="0" * 16,
    )
    return SendQueued(request=send, request_id=f"r{send}", send=whole, reason="busy")


def accepted(send: int) -> SendAccepted:
    return SendAccepted(request=send, request_id=f"r{send}", attempt=1)


def marker(generation: int) -> PartitionClaimed:
    return PartitionClaimed(
        generation=generation, claim=CLAIM, owner="w", schema_level=1, partitions=PARTITIONS, installation="x"
    )


def value(
    event: Event, offset: int, subject: str = "d-1", *, sequence: int | None = None, context: Context = NO_CONTEXT
) -> bytes:
    """A record's value as an owner writes it."""
    position = ("device-events", 0, offset if sequence is None else sequence)
    return encode_event(event, position, subject, AT, CLAIM, "due:claim", None, context)


def kept_event(event: Event, offset: int, subject: str = "d-1") -> Kept:
    found = kept(offset, value(event, offset, subject))
    assert found is not None
    return found


class Noting:
    """Listeners: what each group that is listened to was told, and whether it was told to load the state anew."""

    def __init__(self, *groups: str) -> None:
        self.joined = set(groups)
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def listened(self, group: str) -> bool:
        return group in self.joined

    def groups(self) -> Collection[str]:
        return self.joined

    def publish(self, group: str, message: Message) -> None:
        if group in self.joined:
            self.told[group].append(orjson.loads(message.full))

    def places(self, group: str) -> list[str]:
        """Where lies what the group was told."""
        return [frame.get("at", frame["type"]) for frame in self.told[group]]


class Writing:
    """A feed, and the log that it reads as soon as it is written."""

    def __init__(self, listeners: Noting, max_bytes: int = 1_000_000, begin: int = 100) -> None:
        self.feed = Feed(listeners, lambda: self.now)
        self.now = 1000.0
        self.ends = {(stream, number): begin for stream in FOLLOWED for number in range(PARTITIONS)}
        self.feed.open("log-1", self.begins(), dict.fromkeys(FOLLOWED, max_bytes))
        listeners.told.clear()

    def begins(self) -> Mapping[Stream, Mapping[int, int]]:
        return {stream: {n: self.ends[stream, n] for n in range(PARTITIONS)} for stream in FOLLOWED}

    def write(self, event: Event, subject: str = "d-1", stream: Stream = DEVICE) -> str:
        """The event in the partition of its subject; where it lies."""
        return self.write_at(event, subject, partition_of(subject.encode(), PARTITIONS), stream)

    def write_at(self, event: Event, subject: str, number: int, stream: Stream = DEVICE) -> str:
        offset = self.ends[stream, number]
        self.ends[stream, number] = offset + 1
        self.feed.take(stream, number, [kept_event(event, offset, subject)], offset + 1)
        return f"{stream.events}/{number}/{offset}"

    def claim(self, generation: int, number: int) -> str:
        return self.write_at(marker(generation), PARTITION, number)

    def asked(self, event: Event) -> set[int]:
        """The sends whose campaign would be asked for, were this read next."""
        return self.feed.unsaid(DEVICE, 0, [kept_event(event, 1)])
