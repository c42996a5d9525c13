"""One partition of an events topic as the hub reads it: what counts there, and which groups it concerns."""

from __future__ import annotations

import orjson

from schemas.message import PartitionClaimed
from schemas.topics import CLIENT, CONNECTION, DEVICE, Stream
from streams.hub.campaigns import CampaignSends
from streams.hub.history import History
from streams.hub.kept import MARKERS, Kept

OF_ALL_DEVICES = "(partition)"
"""The group of what concerns every device of the partition: claim markers and releases, which end their links."""
CAMPAIGN = "campaign:"
DEVICES = "device:"
_KINDS = {DEVICE: DEVICES, CLIENT: "client:", CONNECTION: "user:"}


class Partition:
    """Told every record of the partition in order, it says what is to be told to whom, and keeps it.

    unsaid: whose cursor of a campaign lies before this offset may miss an event whose campaign could not be said;
    owed: that there was one since somebody looked.
    """

    __slots__ = ("_generation", "_kind", "history", "owed", "sends", "stream", "unsaid", "where")

    def __init__(self, stream: Stream, number: int, begin: int, max_bytes: int) -> None:
        self.stream = stream
        self.where = f"{stream.events}/{number}"
        self.history = History(begin, max_bytes)
        self.sends = CampaignSends()
        self.unsaid = -1
        self.owed = False
        self._kind = _KINDS[stream]
        self._generation = 0

    def take(self, event: Kept) -> tuple[str, ...]:
        """Keep the event that comes next; the groups that are told of it, none where it does not count."""
        if event.type in MARKERS:
            return self._take_marker(event)
        groups: tuple[str, ...] = (self._kind + event.subject,)
        if self.stream is DEVICE:
            campaign = self.sends.of(event)
            if type(campaign) is str:
                groups = (groups[0], CAMPAIGN + campaign)
            elif campaign is not None:
                self.unsaid, self.owed = max(self.unsaid, event.offset), True
        self.history.add(event, groups)
        return groups

    def say_nothing_of_campaigns(self) -> None:
        """Who listens is told so; who has left since cannot be told, and must not come back as if all were well."""
        self.unsaid = self.history.end  # also of whoever heard the last event: it may lack one before that

    def reaches(self, group: str, after: int) -> bool:
        """Whether a group can be told all that it missed behind that offset."""
        if group.startswith(CAMPAIGN):
            return after >= self.unsaid and self.history.reaches(after, (group,))
        return self.history.reaches(after, self._heard_in(group))

    def missed(self, group: str, after: int) -> list[Kept]:
        """What the group is told behind that offset, in the order of the log."""
        found = [event for heard in self._heard_in(group) for event in self.history.of(heard, after)]
        return sorted(found, key=lambda event: event.offset)

    def _heard_in(self, group: str) -> tuple[str, ...]:
        return (group, OF_ALL_DEVICES) if group.startswith(DEVICES) else (group,)

    def _take_marker(self, event: Kept) -> tuple[str, ...]:
        """A claim whose generation is no higher than the last one's is void."""
        if event.type == PartitionClaimed.type:
            generation = orjson.loads(event.data).get("generation")
            if not isinstance(generation, int) or generation <= self._generation:
                return ()
            self._generation = generation
        self.history.add(event, (OF_ALL_DEVICES,))
        return (OF_ALL_DEVICES,)
