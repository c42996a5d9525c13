"""The waiting sends of one device: packed rows of all, and the bodies of those that are at hand."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from streams.device.facts import Entry
from streams.ownership.late import Late
from streams.ownership.names import Names, tag_of
from streams.ownership.records import HIGHEST, Records
from streams.ownership.rows import (
    EXPIRES_AT,
    KEY,
    TIME,
    WIDTH,
    campaign_in,
    digest_in,
    key_of,
    last_due,
    micros,
    moment_of,
    place_in,
    request_in,
    row_of,
    time_in,
    when_due,
    without_body,
)
from streams.ownership.stock import Stock

AHEAD = 32
"""Bodies that are read at once, from the head on."""
YOUNG = 512
"""Of a queue that is no longer, nothing is packed while memory lasts."""
_LOW = (1 << 32) - 1


class Tried(NamedTuple):
    """Of a waiting send that was tried: its attempts, those that count, and until when it steps aside."""

    attempt: int
    counted: int
    aside_until: datetime | None


class Waiting:
    """Sends by the offset of their request: those that came due as they were decided, and the late ones.

    The first of a short queue stay as they are: packing costs a sixth of what a send costs (benchmarks/owner.py). All
    that are packed come behind them. count: how many wait. tried: what is to be known of those that were tried.
    soonest_end: before then none expires.
    """

    __slots__ = (
        "_at_hand",
        "_at_once",
        "_by_id",
        "_late",
        "_names",
        "_newest",
        "_stock",
        "_young",
        "count",
        "soonest_end",
        "tried",
    )

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self.count = 0
        self._young: OrderedDict[int, Entry] = OrderedDict()
        self._by_id: dict[str, int] = {}
        self._at_once = Records(WIDTH, KEY, EXPIRES_AT)
        self._late: Late | None = None
        self._names = Names()
        self._newest = 0
        self._at_hand: dict[int, Entry] = {}
        self.tried: dict[int, Tried] = {}
        self.soonest_end: datetime | None = None

    def __len__(self) -> int:
        return self.count

    # in and out

    def add(self, entry: Entry, *, late: bool) -> None:
        """Another one waits; `late`: not in the order of requests."""
        self.count += 1
        self._stock.waiting += 1
        if self.soonest_end is None or entry.send.expires_at < self.soonest_end:
            self.soonest_end = entry.send.expires_at
        at_hand = len(self._young) + len(self._at_hand)
        has_room = not entry.row and self._stock.keeps(entry, at_hand)
        if has_room and not late and not self._at_once.count and at_hand < YOUNG:
            self._young[entry.request] = entry
            self._by_id[entry.request_id] = entry.request
            return
        self._keep_row(row_of(entry), late=late)
        self._names.add(tag_of(entry.request_id), entry.request & _LOW)
        if entry.attempt:
            self.tried[entry.request] = Tried(entry.attempt, entry.counted, entry.aside_until)
        if has_room:
            self._at_hand[entry.request] = entry

    def _keep_row(self, row: bytes, *, late: bool) -> None:
        if not late:
            self._at_once.add(row)
        else:
            if self._late is None:
                self._late = Late()
            self._late.add(row)
        self._newest = max(self._newest, request_in(row))

    def take(self, request: int, request_id: str) -> Entry | None:
        """One waits no more: it."""
        entry = self._young.pop(request, None)
        if entry is None:
            entry = self._take_packed(request, request_id)
        elif self._by_id.get(entry.request_id) == request:
            del self._by_id[entry.request_id]
        if entry is None:
            return None
        if not entry.row:
            self._stock.let_go(entry)
        self._stock.waiting -= 1
        self.count -= 1
        if not self.count:
            self.soonest_end = None
        return entry

    def _take_packed(self, request: int, request_id: str) -> Entry | None:
        key = key_of(request)
        row = self._at_once.remove(key)
        if row is None and self._late is not None:
            row = self._late.remove(key)
        if row is None:
            return None
        self._names.remove(tag_of(request_id), request & _LOW)
        entry = self._at_hand.pop(request, None) or self._without_body(row, request_id)
        self.tried.pop(request, None)
        return entry

    def _without_body(self, row: bytes, request_id: str = "") -> Entry:
        entry, tried = without_body(row, request_id), self.tried.get(request_in(row))
        return entry if tried is None else entry._replace(**tried._asdict())

    # what is at hand

    def entry(self, request: int, request_id: str = "") -> Entry | None:
        """The send of that request, with its body if that is at hand."""
        found = self._young.get(request) or self._at_hand.get(request)
        if found is not None:
            return found
        row = self._row(request)
        return None if row is None else self._without_body(row, request_id)

    def of_row(self, row: bytes) -> Entry:
        """The send of a row, with its body if that is at hand."""
        request = request_in(row)
        return self._young.get(request) or self._at_hand.get(request) or self._without_body(row)

    def deliver(self, entry: Entry) -> None:
        """The body of one that waits was read again; raises ValueError if it is another one's."""
        row = self._row(entry.request)
        if row is None or entry.request in self._at_hand:
            return
        if place_in(row) != entry.place or digest_in(row).hex() != entry.send.digest:
            message = f"the event at offset {entry.place} is not that of the waiting send {entry.request}"
            raise ValueError(message)
        known = self._without_body(row)
        self._at_hand[entry.request] = entry = known._replace(
            request_id=entry.request_id, send=entry.send, context=entry.context, row=b""
        )
        self._stock.keep(entry)

    def spare(self, request: int) -> None:
        """Let a body go that is not needed soon, where memory is spent."""
        if self._stock.bodies.is_spent() and (entry := self._at_hand.pop(request, None)) is not None:
            self._stock.let_go(entry)

    def ahead(self) -> list[int]:
        """Where the bodies lie that are needed next, unless enough are at hand."""
        at_hand = self._at_hand
        many = len(self._young) + len(at_hand)
        if many == self.count or many >= AHEAD // 2 or self._stock.bodies.is_spent():
            return []
        due_first = () if self._late is None else self._late.due_first()
        rows = chain(islice(due_first, AHEAD), islice(self._at_once, AHEAD))
        return [place_in(row) for row in rows if request_in(row) not in at_hand][:AHEAD]

    # looking

    def first(self, at: datetime) -> int | None:
        """The one that came due first, of those due by `at`."""
        if self._young and self._late is None:
            return next(iter(self._young))
        row, when = self._first_at_once(), None if self._late is None else self._late.first()
        if when is not None and (row is None or when < when_due(row)) and when <= last_due(at):
            return int.from_bytes(when[TIME:])
        return None if row is None else request_in(row)

    def _first_at_once(self) -> bytes | None:
        return row_of(next(iter(self._young.values()))) if self._young else self._at_once.first()

    def next_due(self) -> datetime | None:
        """When the next one comes due."""
        row, when = self._first_at_once(), None if self._late is None else self._late.first()
        found = [each for each in (when, row and when_due(row)) if each is not None]
        return time_in(min(found)) if found else None

    def due_after(self, at: datetime) -> datetime | None:
        """When the first one comes due that is not due at `at`."""
        when = None if self._late is None else self._late.first_after(last_due(at))
        return None if when is None else time_in(when)

    def due_by(self, at: datetime) -> Iterator[int]:
        """Those due by `at`, in the order they came due."""
        limit = last_due(at)
        return (int.from_bytes(when[TIME:]) for when in sorted(map(when_due, self.rows())) if when <= limit)

    def _row(self, request: int) -> bytes | None:
        key = key_of(request)
        found = self._at_once.find(key)
        return self._late.rows.find(key) if found is None and self._late is not None else found

    def named(self, request_id: str) -> Entry | None:
        """The newest one of that id."""
        number = None
        if len(self._young) < self.count:
            number = self._names.find(tag_of(request_id))
        packed = -1 if number is None else self._newest - (self._newest - number & _LOW)
        request = max(packed, self._by_id.get(request_id, -1))
        return None if request < 0 else self.entry(request, request_id)

    def rows(self) -> Iterator[bytes]:
        """All rows, those at once first."""
        return chain(map(row_of, self._young.values()), *self._shelves())

    def of_campaign(self, campaign: int, up_to: int) -> array[int]:
        """Those of a campaign asked for before offset `up_to`."""
        found = (request_in(row) for row in self.rows() if campaign_in(row) == campaign)
        return array("Q", (request for request in found if request < up_to))

    def expired(self, at: datetime, limit: int) -> list[bytes]:
        """At most `limit` rows of those that expired by `at`."""
        if self.soonest_end is None or self.soonest_end > at:
            return []
        found = [row_of(entry) for entry in self._young.values() if entry.send.expires_at <= at]
        found += [row for shelf in self._shelves() for row in shelf.until(micros(at), limit)]
        self.soonest_end = self._soonest_end()
        return found[:limit]

    def _shelves(self) -> list[Records]:
        return [self._at_once] if self._late is None else [self._at_once, self._late.rows]

    def _soonest_end(self) -> datetime | None:
        low = min(shelf.low() for shelf in self._shelves())
        ends = [entry.send.expires_at for entry in self._young.values()]
        return min(ends if low == HIGHEST else [*ends, moment_of(low)], default=None)

    # snapshots

    def packed(self) -> list[bytes]:
        """Rows and names, the same bytes for the same log."""
        young = self._young.values()
        names = Names(self._names.packed())
        for entry in young:
            names.add(tag_of(entry.request_id), entry.request & _LOW)
        at_once = b"".join(map(row_of, young)) + self._at_once.packed()
        return [at_once, b"" if self._late is None else self._late.rows.packed(), names.packed()]

    def unpack(self, at_once: bytes, late: bytes, names: bytes) -> None:
        """Take in what was packed, no body at hand."""
        for rows, are_late in ((at_once, False), (late, True)):
            for at in range(0, len(rows), WIDTH):
                self._keep_row(rows[at : at + WIDTH], late=are_late)
        self._names = Names(names)
        self.count = sum(map(len, self._shelves()))
        self._stock.waiting += self.count
        self.soonest_end = self._soonest_end()
