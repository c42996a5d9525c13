"""What happens in the fleet, many events told as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from schemas.client import events as clients
from schemas.connection.subjects import NODE
from schemas.device import lifecycle, links
from schemas.topics import CLIENT, DEVICE, Stream
from streams.hub.fan_out import Message
from streams.hub.kept import MARKERS, Kept
from streams.hub.partition import Partition
from streams.hub.telling import changes_message

MOST_MERGED = 20_000
"""Events that are merged for one who comes back, in some 10 ms; whoever missed more loads the state anew."""
MOST_NAMED = 2_000
"""Devices and clients that one frame names, about: 100 KB of it."""
_OF_STATE = frozenset(
    each.type
    for each in (
        lifecycle.DeviceRegistered,
        lifecycle.DeviceChanged,
        lifecycle.DeviceRemoved,
        lifecycle.DeviceParked,
        lifecycle.DeviceResumed,
        lifecycle.DevicePairingStarted,
        lifecycle.DevicePaired,
        lifecycle.DevicePairingFailed,
        lifecycle.DeviceUnpaired,
        links.RefreshQueued,
        links.RefreshStarted,
        links.RefreshAdvanced,
        links.RefreshSucceeded,
        links.RefreshFailed,
        links.DeviceConnected,
        links.DeviceDisconnected,
        clients.ClientCreated,
        clients.ClientChanged,
        clients.ClientRemovalStarted,
        clients.ClientRemoved,
    )
)


def of_the_fleet(stream: Stream, event: Kept) -> bool:
    """Whether the fleet is told of it: claims concern nothing but devices, and nodes nobody."""
    return stream is DEVICE or not (event.type in MARKERS or event.subject.startswith(NODE))


class Changes:
    """Events that will be told as one."""

    def __init__(self) -> None:
        self._after: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._devices: dict[str, str] = {}
        self._clients: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._after)

    @property
    def named(self) -> int:
        """How many devices and clients changed."""
        return len(self._devices) + len(self._clients)

    def add(self, stream: Stream, where: str, event: Kept) -> None:
        """The next event of its partition."""
        self._after[where] = event.offset
        self._counts[event.type] += 1
        if event.type in _OF_STATE:
            (self._clients if stream is CLIENT else self._devices)[event.subject] = event.type

    def message(self) -> Message:
        """All of it as one frame."""
        return changes_message(self._after, self._counts, self._devices, self._clients)


def merged(missed: Iterable[tuple[Stream, str, Kept]]) -> Iterator[Message]:
    """Many events in as few frames as may be."""
    changes = Changes()
    for stream, where, event in missed:
        changes.add(stream, where, event)
        if changes.named >= MOST_NAMED:
            yield changes.message()
            changes = Changes()
    if changes:
        yield changes.message()


class Fleet:
    """What the fleet was told, and what it will be told next.

    Nothing is noted while nobody listens: who joins then is told what comes from there on.
    """

    def __init__(self, partitions: Collection[Partition]) -> None:
        self._partitions = partitions
        self._next = Changes()
        self._told = _ends(partitions)

    def add(self, partition: Partition, event: Kept) -> None:
        """The next event of its partition, while somebody listens."""
        if of_the_fleet(partition.stream, event):
            self._next.add(partition.stream, partition.where, event)

    def take(self) -> Message | None:
        """What has not been told yet."""
        changes, self._next, self._told = self._next, Changes(), _ends(self._partitions)
        return changes.message() if changes else None

    def told(self) -> Mapping[str, int]:
        """The last offset of each partition that was told."""
        return self._told

    def since(self, after: Mapping[str, int]) -> Sequence[Message] | None:
        """What was told behind these offsets, anew; None: that is too long ago, or too much, or yet to be told."""
        missed: list[tuple[Stream, str, Kept]] = []
        for partition in self._partitions:
            behind = after.get(partition.where)
            if behind is None:
                continue
            told = self._told[partition.where]
            if behind > told or not partition.history.reaches(behind):
                return None
            missed += [
                (partition.stream, partition.where, event)
                for event in partition.history.all(behind)
                if event.offset <= told and of_the_fleet(partition.stream, event)
            ]
            if len(missed) > MOST_MERGED:
                return None
        return list(merged(missed))


def _ends(partitions: Iterable[Partition]) -> dict[str, int]:
    return {partition.where: partition.history.end - 1 for partition in partitions}
