"""A device's sends: those that wait, in the order they come due, the open one, and the uncertain ones."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import orjson

from schemas.device import sends as s
from schemas.envelope import Context
from streams.device.facts import Entry, Seen
from streams.ownership.plain import plain, reader
from streams.ownership.times import Times

UNCERTAIN_KEPT = 500
"""Uncertain sends of a device that can still be resolved; of more, the oldest are forgotten."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOOK_AGAIN = timedelta(minutes=1)
"""How long a chat that was not known counts as unknown: with 100,000 waiting, looking at each costs 30 ms."""


class DeviceQueue:
    """The sends of one device that are not over; the events change it, the rules read it.

    Sends without `not_before` come due as they are decided, so an ordered dict holds them; the others, and those that
    step back, come due by their times.
    """

    __slots__ = (
        "_at_once",
        "_by_id",
        "_doomed",
        "_expiry",
        "_late",
        "_late_entries",
        "_look_again_at",
        "_timed",
        "_uncertain",
        "_unlooked",
        "opened",
    )

    def __init__(self) -> None:
        self.opened: Entry | None = None
        self._at_once: OrderedDict[int, Entry] = OrderedDict()
        self._late_entries: dict[int, Entry] = {}
        self._late = Times(self._late_entries.__contains__)
        self._timed = Times(self._late_entries.__contains__)
        self._by_id: dict[str, int] = {}
        self._expiry = Times(self._waits)
        self._uncertain: OrderedDict[int, tuple[str, Entry]] = OrderedDict()
        self._doomed: dict[int, None] = {}
        self._unlooked: deque[int] | None = None
        self._look_again_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._at_once) + len(self._late_entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceQueue) and self._told() == other._told()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _told(self) -> tuple[object, ...]:
        """All that the events told."""
        late = sorted(self._late_entries.items())
        return self.opened, list(self._at_once.values()), late, list(self._uncertain.items()), list(self._doomed)

    # snapshots

    def is_blank(self) -> bool:
        """Whether it tells no more than a new one."""
        return self.opened is None and not len(self) and not self._uncertain and not self._doomed

    def saved(self) -> bytes:
        """All that the events told, for a snapshot."""
        nameless = [e.request for e in self._all() if self._by_id.get(e.request_id) != e.request]
        waiting = [*self._at_once.values()], [*self._late_entries.values()]
        return orjson.dumps(plain([self.opened, *waiting, [*self._uncertain.values()], [*self._doomed], nameless]))

    @classmethod
    def restored(cls, saved: bytes) -> DeviceQueue:
        """The queue that was saved; raises ValueError for anything else."""
        queue = cls()
        entry_of = reader(Entry)
        opened, at_once, late, uncertain, doomed, nameless = orjson.loads(saved)
        for entry in map(entry_of, at_once):
            queue._add(entry, late=False)
        for entry in map(entry_of, late):
            queue._add(entry, late=True)
            if not entry.attempt and entry.due == entry.send.not_before:
                queue._timed.add(entry.due, entry.request, len(queue._late_entries))
        queue.opened = opened and entry_of(opened)
        queue._uncertain.update((raw[0], (message_id, entry_of(raw))) for message_id, raw in uncertain)
        queue._doomed.update(dict.fromkeys(doomed))
        queue._by_id = {e.request_id: e.request for e in queue._all() if e.request not in nameless}
        return queue

    def _waits(self, request: int) -> bool:
        return request in self._at_once or request in self._late_entries

    # what the rules read

    def head(self, at: datetime) -> Entry | None:
        """The waiting send that came due first, of those due by `at`."""
        self._unlooked = None
        late = self._late.first() if self._late_entries else None
        if not self._at_once:
            return self._late_entries[late[1]] if late is not None and late[0] <= at else None
        entry = next(iter(self._at_once.values()))
        if late is not None and late < (entry.due, entry.request):
            entry = self._late_entries[late[1]]
        return entry if entry.due <= at else None

    def known(self, at: datetime, knows: Callable[[str], bool]) -> Entry | None:
        """The waiting send that came due first, of those due by `at`, not stepped aside and to a chat it `knows`.

        Chats that are not known are passed over for a while, so that a backlog of them delays nobody else.
        """
        if self._came_due(at) or self._unlooked is None or self._look_again_at is None or at >= self._look_again_at:
            self._unlooked = deque(e.request for e in self.in_order() if e.due <= at)
            self._look_again_at = at + LOOK_AGAIN
        while self._unlooked:
            entry = self._find(self._unlooked[0])
            if entry is not None and not (entry.aside_until and entry.aside_until > at) and knows(entry.send.to):
                return entry
            self._unlooked.popleft()
        return None

    def _came_due(self, at: datetime) -> bool:
        came = self._timed.drop_until(at)
        if came:
            self._unlooked = None
        return came

    def next_due(self) -> datetime | None:
        """When the next waiting send comes due; None where none waits."""
        late = self._late.first()
        if not self._at_once:
            return late and late[0]
        due = next(iter(self._at_once.values())).due
        return due if late is None else min(due, late[0])

    def next_timed(self, at: datetime) -> datetime | None:
        """When the first waiting send not yet due at `at` comes due; `at` never goes back."""
        self._came_due(at)
        first = self._timed.first()
        return first and first[0]

    def ends_at(self) -> datetime | None:
        """Before then no send is to be taken back (see `streams/device/facts.py`)."""
        if self._doomed:
            return LONG_AGO
        return self._expiry.bound() if self._at_once or self._late_entries else None

    def expired(self, at: datetime, limit: int) -> list[Entry]:
        """At most `limit` waiting sends that expired by `at`, soonest first."""
        return [self._entry(r) for r in self._expiry.until(at, limit)]

    def waiting(self, request_id: str) -> Entry | None:
        """The waiting send of that id."""
        request = self._by_id.get(request_id)
        return None if request is None else self._entry(request)

    def seen(self, request_id: str) -> Seen | None:
        """What is known of the open or waiting send of that id."""
        opened = self.opened
        entry = opened if opened is not None and opened.request_id == request_id else self.waiting(request_id)
        return entry and Seen(entry.send.digest, entry.request, False)

    def doomed(self, limit: int) -> list[Entry]:
        """At most `limit` sends whose campaign was cancelled."""
        if not self._doomed:
            return []
        found = (self._find(request) for request in islice(self._doomed, limit))
        return [entry for entry in found if entry is not None]

    def uncertain(self, request_id: str) -> Entry | None:
        """The last uncertain send of that id."""
        return next((e for _, e in reversed(self._uncertain.values()) if e.request_id == request_id), None)

    def uncertain_message(self, message_id: str) -> Entry | None:
        """The uncertain send of that message id."""
        return next((e for m, e in reversed(self._uncertain.values()) if m == message_id), None)

    def of_campaign(self, campaign: str, up_to: int) -> Iterator[Entry]:
        """The waiting sends of a campaign asked for before offset `up_to`."""
        return (e for e in self._all() if e.send.campaign == campaign and e.request < up_to)

    def first(self, limit: int) -> list[Entry]:
        """At most `limit` waiting sends, in any order."""
        return list(islice(self._all(), limit))

    def in_order(self) -> list[Entry]:
        """Every waiting send, in the order they come due."""
        if not self._late_entries:
            return list(self._at_once.values())
        return sorted(self._all(), key=lambda e: (e.due, e.request))

    def context_of(self, request: int) -> Context | None:
        """What the request of a send that is not over hands on to its events."""
        entry = self._find(request) or self._uncertain.get(request, ("", None))[1]
        return entry and entry.context

    def _all(self) -> Iterator[Entry]:
        yield from self._at_once.values()
        yield from self._late_entries.values()

    def _entry(self, request: int) -> Entry:
        return self._at_once.get(request) or self._late_entries[request]

    def _find(self, request: int) -> Entry | None:
        if self.opened is not None and self.opened.request == request:
            return self.opened
        return self._at_once.get(request) or self._late_entries.get(request)

    # what the events do

    def queue(self, event: s.SendQueued, at: datetime, context: Context) -> None:
        """A new send waits."""
        not_before = event.send.not_before
        late = not_before is not None and not_before > at
        due = not_before if not_before is not None and late else at
        self._add(Entry(event.request, event.request_id, event.send, due, context=context), late=late)
        if late:
            self._timed.add(due, event.request, len(self._late_entries))
        elif self._unlooked is not None:
            self._unlooked.append(event.request)

    def attempt(self, event: s.SendAttempted, at: datetime, context: Context) -> None:
        """A send leaves the queue, or is tried again, or is new."""
        if event.send is not None:
            self.opened = Entry(event.request, event.request_id, event.send, at, event.attempt, context=context)
            return
        entry = self.opened
        if entry is None or entry.request != event.request:
            entry = self._take(event.request)
        self.opened = entry and entry.tried(event.attempt)

    def leave(self, request: int) -> Entry | None:
        """A send leaves the queue, or is open, and is over at once: it."""
        opened, self.opened = self.opened, None
        return opened if opened is not None and opened.request == request else self._take(request)

    def hold(self) -> None:
        """The open send is deferred: its attempt counts."""
        if self.opened is not None:
            self.opened = self.opened._replace(counted=self.opened.counted + 1)

    def step_aside(self, until: datetime) -> None:
        """The open send is deferred to `until`, and others go before it."""
        opened, self.opened = self.opened, None
        if opened is not None:
            self._add(opened._replace(counted=opened.counted + 1, aside_until=until), late=True)
            self._unlooked = None

    def reconcile(self, event: s.SendReconciling) -> None:
        """The open send is asked for, or repeated: a repeat counts."""
        if self.opened is not None:
            counted = self.opened.counted + (event.by == "repeat")
            self.opened = self.opened._replace(attempt=event.attempt, counted=counted)

    def settle(self) -> Entry | None:
        """The open send is over: it."""
        opened, self.opened = self.opened, None
        return opened

    def doubt(self, message_id: str, doubted: int) -> Entry | None:
        """The open send is uncertain since attempt `doubted`: it."""
        opened, self.opened = self.opened, None
        if opened is None:
            return None
        self._uncertain[opened.request] = (message_id, opened._replace(counted=opened.counted + 1, doubted=doubted))
        if len(self._uncertain) > UNCERTAIN_KEPT:
            self._uncertain.popitem(last=False)
        return opened

    def resolve(self, event: s.SendResolved) -> bool:
        """An uncertain send is decided; whether it waits once more."""
        _, entry = self._uncertain.pop(event.request, ("", None))
        if entry is None or event.resolution != "send_again":
            return False
        self._add(entry._replace(doubted=0), late=True)
        self._unlooked = None
        return True

    def cancel(self, event: s.CampaignCancelled, *, opened: bool) -> None:
        """The campaign's sends that wait are to be cancelled, with `opened` the open one too."""
        found = [e.request for e in self.of_campaign(event.campaign, event.up_to)]
        entry = self.opened if opened else None
        if entry is not None and entry.send.campaign == event.campaign and entry.request < event.up_to:
            found.append(entry.request)
        self._doomed.update(dict.fromkeys(found))

    def take_back(self, request: int) -> Entry | None:
        """A send that waits, or is open, expired or was cancelled: it."""
        self._doomed.pop(request, None)
        if self.opened is not None and self.opened.request == request:
            return self.settle()
        return self._take(request)

    def _add(self, entry: Entry, *, late: bool) -> None:
        self._by_id[entry.request_id] = entry.request
        if late:
            self._late_entries[entry.request] = entry
            self._late.add(entry.due, entry.request, len(self._late_entries))
        else:
            self._at_once[entry.request] = entry
        self._expiry.add(entry.send.expires_at, entry.request, len(self))

    def _take(self, request: int) -> Entry | None:
        entry = self._at_once.pop(request, None) or self._late_entries.pop(request, None)
        if entry is not None and self._by_id.get(entry.request_id) == request:
            del self._by_id[entry.request_id]
        return entry
