"""A device's sends: those that wait, in the order they come due, the open one, and the uncertain ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import heapify, heappop, heappush, merge

from schemas.device import sends as s
from schemas.envelope import Context
from streams.device.facts import Entry

UNCERTAIN_KEPT = 500
"""Uncertain sends of a device that can still be resolved; of more, the oldest are forgotten."""


class _Heap:
    """Requests by a time, with those that left passed over, and swept out once they are the majority."""

    __slots__ = ("_items", "_lives")

    def __init__(self, lives: Callable[[int], bool]) -> None:
        self._items: list[tuple[datetime, int]] = []
        self._lives = lives

    def add(self, at: datetime, request: int, living: int) -> None:
        heappush(self._items, (at, request))
        if len(self._items) > 2 * living + 64:
            self._items = [item for item in self._items if self._lives(item[1])]
            heapify(self._items)

    def first(self) -> tuple[datetime, int] | None:
        items = self._items
        while items and not self._lives(items[0][1]):
            heappop(items)
        return items[0] if items else None

    def in_order(self) -> Iterator[tuple[datetime, int]]:
        return (item for item in sorted(set(self._items)) if self._lives(item[1]))

    def until(self, at: datetime, limit: int) -> list[int]:
        found: dict[int, datetime] = {}
        while len(found) < limit and (first := self.first()) is not None and first[0] <= at:
            heappop(self._items)
            found[first[1]] = first[0]
        for request, time in found.items():  # only an event takes a send out
            heappush(self._items, (time, request))
        return list(found)


class DeviceQueue:
    """The sends of one device that are not over; `apply` follows the events, the rest is read by the rules.

    Sends asked for without `not_before` come due as they are decided, so an ordered dict holds them; the others, and
    those that step back, come due by a heap.
    """

    __slots__ = ("_at_once", "_by_id", "_expiry", "_late", "_late_entries", "_uncertain", "opened")

    def __init__(self) -> None:
        self.opened: Entry | None = None
        self._at_once: OrderedDict[int, Entry] = OrderedDict()
        self._late_entries: dict[int, Entry] = {}
        self._late = _Heap(self._late_entries.__contains__)
        self._by_id: dict[str, int] = {}
        self._expiry = _Heap(self._waits)
        self._uncertain: OrderedDict[str, tuple[str, Entry]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def _waits(self, request: int) -> bool:
        return request in self._at_once or request in self._late_entries

    def empty(self) -> bool:
        """Whether nothing of this device has to be kept."""
        return not self._by_id and self.opened is None and not self._uncertain

    # what the rules read

    def head(self, at: datetime) -> Entry | None:
        """The waiting send that came due first, of those due by `at`."""
        late = self._late.first()
        if not self._at_once:
            return self._late_entries[late[1]] if late is not None and late[0] <= at else None
        entry = next(iter(self._at_once.values()))
        if late is not None and late < (entry.due, entry.request):
            entry = self._late_entries[late[1]]
        return entry if entry.due <= at else None

    def next_due(self) -> datetime | None:
        """When the next waiting send comes due; None where none waits."""
        late = self._late.first()
        if not self._at_once:
            return late and late[0]
        due = next(iter(self._at_once.values())).due
        return due if late is None else min(due, late[0])

    def next_due_after(self, at: datetime) -> datetime | None:
        """When the first waiting send not yet due at `at` comes due."""
        return min((e.due for e in self._all() if e.due > at), default=None)

    def next_expiry(self) -> datetime | None:
        """When the next waiting send expires."""
        first = self._expiry.first() if self._by_id else None
        return first and first[0]

    def due_in_order(self, at: datetime) -> Iterator[Entry]:
        """The waiting sends due by `at`, in the order they came due."""
        late = ((e.due, e.request, e) for e in (self._late_entries[r] for _, r in self._late.in_order()))
        at_once = ((e.due, e.request, e) for e in self._at_once.values())
        for due, _, entry in merge(late, at_once):
            if due > at:
                return
            yield entry

    def expired(self, at: datetime, limit: int) -> list[Entry]:
        """At most `limit` waiting sends that expired by `at`, soonest first."""
        return [self._entry(r) for r in self._expiry.until(at, limit)] if self._by_id else []

    def waiting(self, request_id: str) -> Entry | None:
        """The waiting send of that id."""
        request = self._by_id.get(request_id)
        return None if request is None else self._entry(request)

    def uncertain(self, request_id: str) -> Entry | None:
        """The uncertain send of that id."""
        found = self._uncertain.get(request_id)
        return found and found[1]

    def uncertain_message(self, message_id: str) -> Entry | None:
        """The uncertain send of that message id."""
        return next((e for m, e in self._uncertain.values() if m == message_id), None)

    def of_campaign(self, campaign: str, up_to: int) -> Iterator[Entry]:
        """The waiting sends of a campaign asked for before offset `up_to`."""
        return (e for e in self._all() if e.send.campaign == campaign and e.request < up_to)

    def first(self, limit: int) -> list[Entry]:
        """At most `limit` waiting sends, in any order."""
        return [e for _, e in zip(range(limit), self._all(), strict=False)]

    def _all(self) -> Iterator[Entry]:
        yield from self._at_once.values()
        yield from self._late_entries.values()

    def _entry(self, request: int) -> Entry:
        return self._at_once.get(request) or self._late_entries[request]

    # what the events do

    def queue(self, event: s.SendQueued, at: datetime, context: Context) -> None:
        """A new send waits."""
        due = event.send.not_before or at
        self._add(Entry(event.request, event.request_id, event.send, due, context=context))

    def attempt(self, event: s.SendAttempted, at: datetime, context: Context) -> None:
        """A send leaves the queue, or is tried again, or is new."""
        if event.send is not None:
            due = event.send.not_before or at
            self.opened = Entry(event.request, event.request_id, event.send, due, event.attempt, context=context)
            return
        opened = self.opened
        if opened is None or opened.request != event.request:
            opened = self._take(event.request)
        self.opened = opened and opened._replace(attempt=event.attempt)

    def defer(self, event: s.SendDeferred, *, aside: bool) -> None:
        """The open send is held, or steps back into the queue."""
        if self.opened is None:
            return
        self.opened = self.opened._replace(counted=self.opened.counted + 1)
        if aside:
            self._add(self.opened, late=True)
            self.opened = None

    def reconcile(self, event: s.SendReconciling) -> None:
        """The open send is asked for, or repeated: a repeat counts."""
        if self.opened is not None:
            counted = self.opened.counted + (event.by == "repeat")
            self.opened = self.opened._replace(attempt=event.attempt, counted=counted)

    def settle(self) -> Entry | None:
        """The open send is over; what it was."""
        opened, self.opened = self.opened, None
        return opened

    def doubt(self, message_id: str) -> None:
        """The open send is uncertain."""
        if (opened := self.settle()) is not None:
            self._uncertain[opened.request_id] = (message_id, opened)
            if len(self._uncertain) > UNCERTAIN_KEPT:
                self._uncertain.popitem(last=False)

    def resolve(self, event: s.SendResolved) -> None:
        """An uncertain send is decided; `send_again` makes it wait once more."""
        found = self._uncertain.pop(event.request_id, None)
        if found is not None and event.resolution == "send_again":
            self._add(found[1], late=True)

    def take_back(self, request: int) -> None:
        """A send that waits, or is open, expired or was cancelled."""
        if self.opened is not None and self.opened.request == request:
            self.opened = None
        else:
            self._take(request)

    def _add(self, entry: Entry, *, late: bool = False) -> None:
        self._by_id[entry.request_id] = entry.request
        if late or entry.send.not_before is not None:
            self._late_entries[entry.request] = entry
            self._late.add(entry.due, entry.request, len(self._late_entries))
        else:
            self._at_once[entry.request] = entry
        self._expiry.add(entry.send.expires_at, entry.request, len(self._by_id))

    def _take(self, request: int) -> Entry | None:
        entry = self._at_once.pop(request, None) or self._late_entries.pop(request, None)
        if entry is not None:
            self._by_id.pop(entry.request_id, None)
        return entry
