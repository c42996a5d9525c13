"""What the log tells, group by group: to those who listen as it comes, to those who come back what they missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from schemas.hub.groups import FLEET
from schemas.partitioner import partition_of
from schemas.topics import CLIENT, CONNECTION, DEVICE, Stream
from streams.hub.campaigns import Unsaid
from streams.hub.fan_out import Message
from streams.hub.fleet import Fleet
from streams.hub.kept import Kept
from streams.hub.limits import REPLAY_BYTES
from streams.hub.partition import CAMPAIGN, DEVICES, OF_ALL_DEVICES, Partition
from streams.hub.telling import event_message, reload_message

FOLLOWED = (DEVICE, CLIENT, CONNECTION)
LINGER_S = 120.0
"""How long the campaigns of sends are asked for after the last one who listened left: they may come back."""
TELL_AGAIN_S = 5.0
_STREAM_OF = {"device": DEVICE, "client": CLIENT, "user": CONNECTION}


class Listeners(Protocol):
    """Who listens to which group."""

    def listened(self, group: str) -> bool:
        """Whether anybody listens to the group."""

    def groups(self) -> Collection[str]:
        """Every group that anybody listens to."""

    def publish(self, group: str, message: Message) -> None:
        """Tell everybody who listens to the group."""


class Feed:
    """One log, as far as it was read, and who is told of it. Belongs to one event loop, and does no I/O.

    Whoever joins a group asks for `ends` or `since` and begins to listen within one step of the loop: then nothing is
    missed or doubled between.
    """

    def __init__(self, listeners: Listeners, clock: Callable[[], float] = time.monotonic) -> None:
        self.epoch = ""
        """Stands for the log: a cursor of another epoch says nothing."""
        self._listeners = listeners
        self._clock = clock
        self._room: dict[Stream, int] = {}
        self._partitions: dict[Stream, list[Partition]] = {}
        self._places: dict[str, Partition] = {}
        self._fleet = Fleet(())
        self._campaigns: dict[str, float] = {}
        self._owing: set[Partition] = set()
        self._owned_up_at = -TELL_AGAIN_S

    # for those who join

    def ends(self, group: str) -> Mapping[str, int]:
        """The last offset that was told of each of the group's partitions: what lies behind it follows."""
        self._note(group)
        if group == FLEET:
            return self._fleet.told()
        return {partition.where: partition.history.end - 1 for partition in self._of(group)}

    def since(self, group: str, after: Mapping[str, int]) -> Sequence[Message] | None:
        """All that the group was told behind these offsets; of a partition that is not named, nothing.

        None: that is too long ago, or too much, or these are no offsets of this log.
        """
        self._note(group)
        if not after.keys() <= self._places.keys():
            return None
        if group == FLEET:
            return self._fleet_since(after)
        named = [(partition, after[partition.where]) for partition in self._of(group) if partition.where in after]
        if not all(partition.reaches(group, behind) for partition, behind in named):
            return None
        missed = [(partition, event) for partition, behind in named for event in partition.missed(group, behind)]
        if sum(len(event.data) for _, event in missed) > REPLAY_BYTES:
            return None
        told = (event_message(group, partition.where, event) for partition, event in missed)
        return [message for message in told if message is not None]

    # for whoever reads the log

    def open(self, epoch: str, begins: Mapping[Stream, Mapping[int, int]], room: Mapping[Stream, int]) -> None:
        """A log is read from these offsets on; of any other log nothing is left.

        room: bytes that each partition of a stream keeps. Whoever listens is told to load the state anew.
        """
        self.epoch, self._room = epoch, dict(room)
        self._partitions = {
            stream: [Partition(stream, number, begin, room[stream]) for number, begin in sorted(begins[stream].items())]
            for stream in FOLLOWED
        }
        self._places = {each.where: each for some in self._partitions.values() for each in some}
        self._fleet = Fleet(self._places.values())
        self._reload(self._listeners.groups())

    def skip(self, stream: Stream, begins: Mapping[int, int]) -> None:
        """What lies before these offsets and was not read yet never will be: whom it may concern is told so."""
        self.tell_fleet()
        for number, begin in begins.items():
            partition = Partition(stream, number, begin, self._room[stream])
            self._partitions[stream][number] = self._places[partition.where] = partition
        self._fleet = Fleet(self._places.values())
        skipped = {self._partitions[stream][number].where for number in begins}
        self._reload(
            group
            for group in self._listeners.groups()
            if group == FLEET or any(partition.where in skipped for partition in self._of(group))
        )

    def take(self, stream: Stream, number: int, events: Iterable[Kept], end: int) -> None:
        """The events that count in what was read of a partition up to `end`."""
        partition = self._partitions[stream][number]
        listened, fleet = self._listeners.listened, self._listeners.listened(FLEET)
        for event in events:
            groups = partition.take(event)
            if fleet and groups:
                self._fleet.add(partition, event)
            for group in groups:
                if listened(group):
                    self._tell(group, partition, event)
                elif group == OF_ALL_DEVICES:
                    self._tell_all_devices(partition, event)
        partition.history.pass_to(end)
        if partition.owed and self._campaigns:
            self._owing.add(partition)
        partition.owed = False

    def unsaid(self, stream: Stream, number: int, events: Iterable[Kept]) -> set[int]:
        """The sends of these events whose campaign somebody wants to know, and the log said too long ago."""
        if stream is not DEVICE or not self._campaigns:
            return set()
        sends = self._partitions[stream][number].sends
        return {said.send for said in map(sends.of, events) if isinstance(said, Unsaid)}

    def learn(self, number: int, campaigns: Mapping[int, str | None]) -> None:
        """Somebody else knows the campaigns of these sends, None: they have none."""
        self._partitions[DEVICE][number].sends.learn(campaigns)

    def tell_fleet(self) -> None:
        """Tell the fleet what happened since the last time."""
        if (message := self._fleet.take()) is not None:
            self._listeners.publish(FLEET, message)

    def look_after_campaigns(self) -> None:
        """To be called every second or so: who left long ago is forgotten; what could not be told is owned up to."""
        now = self._clock()
        for group in list(self._campaigns):
            if self._listeners.listened(group):
                self._campaigns[group] = now
            elif now - self._campaigns[group] > LINGER_S:
                del self._campaigns[group]
        if self._owing and now - self._owned_up_at >= TELL_AGAIN_S:
            for partition in self._owing:
                partition.say_nothing_of_campaigns()
            self._owing, self._owned_up_at = set(), now
            self._reload(group for group in self._campaigns if self._listeners.listened(group))

    def _of(self, group: str) -> list[Partition]:
        kind, _, name = group.partition(":")
        partitions = self._partitions[_STREAM_OF.get(kind, DEVICE)]
        return partitions if kind == "campaign" else [partitions[partition_of(name.encode(), len(partitions))]]

    def _note(self, group: str) -> None:
        """Somebody joins the group next."""
        if group.startswith(CAMPAIGN):
            self._campaigns[group] = self._clock()
        elif group == FLEET and not self._listeners.listened(FLEET):
            self._fleet.take()  # meant for nobody

    def _fleet_since(self, after: Mapping[str, int]) -> Sequence[Message] | None:
        if any(offset > self._fleet.told()[where] for where, offset in after.items()):
            self.tell_fleet()
        return self._fleet.since(after)

    def _tell(self, group: str, partition: Partition, event: Kept) -> None:
        if (message := event_message(group, partition.where, event)) is not None:
            self._listeners.publish(group, message)

    def _tell_all_devices(self, partition: Partition, event: Kept) -> None:
        for group in list(self._listeners.groups()):
            if group.startswith(DEVICES) and self._of(group)[0] is partition:
                self._tell(group, partition, event)

    def _reload(self, groups: Iterable[str]) -> None:
        for group in list(groups):
            self._listeners.publish(group, reload_message(group, self.epoch, self.ends(group)))
