"""A device's sends: those that wait, in the order they come due, the open one, and the uncertain ones."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from schemas.device import sends as s
from schemas.envelope import Context
from streams.device.facts import Entry, Seen
from streams.ownership.doubts import Doubts
from streams.ownership.frames import framed, unframed
from streams.ownership.looking import Looking
from streams.ownership.plain import plain, reader
from streams.ownership.rows import campaign_in, campaign_of, row_of, without_body
from streams.ownership.stock import Stock
from streams.ownership.waiting import Tried, Waiting

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class DeviceQueue:
    """The sends of one device that are not over; the events change it, the rules read it."""

    __slots__ = ("_doomed", "_doubts", "_looking", "_waiting", "opened")

    def __init__(self, stock: Stock | None = None) -> None:
        self.opened: Entry | None = None
        self._waiting = Waiting(stock or Stock())
        self._doubts: Doubts | None = None
        self._doomed: array[int] | None = None
        self._looking: Looking | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceQueue) and self.saved() == other.saved()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def is_blank(self) -> bool:
        """Whether it tells no more than a new one."""
        self._forget_gone()
        return self.opened is None and not len(self._waiting) and not self._doubts and not self._doomed

    def saved(self) -> bytes:
        """All that the events told, for a snapshot; no bodies."""
        self._forget_gone()
        uncertain = [(message_id, _told(entry)) for message_id, entry in self._doubts or ()]
        doomed = [] if self._doomed is None else self._doomed.tolist()
        told = [self.opened and _told(self.opened), uncertain, doomed, sorted(self._waiting.tried.items())]
        return framed([orjson.dumps(plain(told)), *self._waiting.packed()])

    @classmethod
    def restored(cls, saved: bytes, stock: Stock | None = None) -> DeviceQueue:
        """The queue that was saved, no body at hand; raises ValueError for anything else."""
        queue = cls(stock)
        tried_of = reader(Tried)
        told, at_once, late, names = unframed(saved)
        opened, uncertain, doomed, tried = orjson.loads(told)
        queue.opened = opened and _from(opened)
        queue._waiting.unpack(at_once, late, names)
        queue._waiting.tried = {request: tried_of(each) for request, each in tried}
        queue._doomed = array("Q", doomed) if doomed else None
        for message_id, raw in uncertain:
            queue._keep_uncertain(message_id, _from(raw))
        return queue

    # what the rules read

    def head(self, at: datetime) -> Entry | None:
        """The waiting send that came due first, of those due by `at`."""
        self._looking = None
        if not self._waiting.count:
            return None
        request = self._waiting.first(at)
        return None if request is None else self._waiting.entry(request)

    def known(self, at: datetime, knows: Callable[[str], bool]) -> Entry | None:
        """The waiting send that came due first, of those due by `at`, not stepped aside and to a chat it `knows`."""
        looking = self._looking
        if looking is None or looking.is_over(at):
            looking = self._looking = Looking(self._waiting, at)
        return looking.known(at, knows)

    def next_due(self) -> datetime | None:
        """When the next waiting send comes due; None where none waits."""
        return self._waiting.next_due()

    def next_timed(self, at: datetime) -> datetime | None:
        """When the first waiting send not yet due at `at` comes due."""
        return self._waiting.due_after(at)

    def ends_at(self) -> datetime | None:
        """Before then no send is to be taken back (see `streams/device/facts.py`)."""
        if self._doomed is None:
            return self._waiting.soonest_end
        if not self._waiting.count:  # those that were taken back are forgotten late, many at once
            self._forget_gone()
        return LONG_AGO if self._doomed else self._waiting.soonest_end

    def expired(self, at: datetime, limit: int) -> list[Entry]:
        """At most `limit` waiting sends that expired by `at`."""
        return [self._waiting.of_row(row) for row in self._waiting.expired(at, limit)]

    def waiting(self, request_id: str) -> Entry | None:
        """The waiting send of that id."""
        return self._waiting.named(request_id)

    def seen(self, request_id: str) -> Seen | None:
        """What is known of the open or waiting send of that id."""
        opened = self.opened
        entry = opened
        if opened is None or opened.request_id != request_id:
            entry = self._waiting.named(request_id) if self._waiting.count else None
        return entry and Seen(entry.send.digest, entry.request, False)

    def doomed(self, limit: int) -> list[Entry]:
        """At most `limit` sends whose campaign was cancelled."""
        if self._doomed is None:
            return []
        found: list[Entry] = []
        looked_at = 0
        for request in self._doomed:
            looked_at += 1
            if (entry := self._find(request)) is not None:
                found.append(entry)
            if len(found) == limit:
                break
        self._doomed = array("Q", (e.request for e in found)) + self._doomed[looked_at:] or None
        return found

    def _forget_gone(self) -> None:
        """Forget those of cancelled campaigns that wait no more."""
        if self._doomed is not None:
            self._doomed = array("Q", (r for r in self._doomed if self._find(r) is not None)) or None

    def uncertain(self, request_id: str) -> Entry | None:
        """The last uncertain send of that id."""
        return None if self._doubts is None else self._doubts.named(request_id)

    def uncertain_message(self, message_id: str) -> Entry | None:
        """The uncertain send of that message id."""
        return None if self._doubts is None else self._doubts.sent_as(message_id)

    def of_campaign(self, campaign: str, up_to: int) -> int:
        """How many sends of a campaign wait that were asked for before offset `up_to`."""
        return len(self._waiting.of_campaign(campaign_of(campaign), up_to))

    def first(self, limit: int) -> list[Entry]:
        """At most `limit` waiting sends, in any order."""
        return [self._waiting.of_row(row) for row in islice(self._waiting.rows(), max(limit, 0))]

    def context_of(self, request: int) -> Context | None:
        """What the request of a send that is not over hands on to its events, where its body is at hand."""
        entry = self._find(request)
        if entry is None and self._doubts is not None:
            entry = self._doubts.get(request)
        return entry and entry.context

    def _find(self, request: int) -> Entry | None:
        opened = self.opened
        return opened if opened is not None and opened.request == request else self._waiting.entry(request)

    # bodies

    def ahead(self) -> list[int]:
        """Where the bodies lie that should be read before they are needed."""
        return self._waiting.ahead()

    def deliver(self, entry: Entry) -> None:
        """A body was read again; raises ValueError where it is not that of the send that waits."""
        opened = self.opened
        if opened is None or opened.request != entry.request:
            self._waiting.deliver(entry)
        elif opened.lacks_body:
            self.opened = opened._replace(send=entry.send, row=b"")

    # what the events do

    def queue(self, event: s.SendQueued, at: datetime, context: Context, place: int) -> None:
        """A new send waits; `place`: the offset of the event."""
        not_before = event.send.not_before
        late = not_before is not None and not_before > at
        due = not_before if not_before is not None and late else at
        entry = Entry(event.request, event.request_id, event.send, due, context=context, place=place)
        self._waiting.add(entry, late=late)
        if self._looking is not None and not late:
            self._looking.came(event.request)

    def attempt(self, event: s.SendAttempted, at: datetime, context: Context, place: int) -> None:
        """A send leaves the queue, or is tried again, or is new."""
        if event.send is not None:
            self.opened = Entry(
                event.request, event.request_id, event.send, at, event.attempt, context=context, place=place
            )
            return
        entry = self.opened
        if entry is None or entry.request != event.request:
            entry = self._waiting.take(event.request, event.request_id)
            if entry is not None and entry.lacks_body:
                entry = entry._replace(context=context)
        self.opened = entry and entry.tried(event.attempt)

    def leave(self, request: int, request_id: str) -> Entry | None:
        """A send leaves the queue, or is open, and is over at once: it."""
        opened, self.opened = self.opened, None
        return opened if opened is not None and opened.request == request else self._waiting.take(request, request_id)

    def hold(self) -> None:
        """The open send is deferred: its attempt counts."""
        if self.opened is not None:
            self.opened = self.opened._replace(counted=self.opened.counted + 1)

    def step_aside(self, until: datetime) -> None:
        """The open send is deferred to `until`, and others go before it."""
        opened, self.opened = self.opened, None
        if opened is not None:
            self._waiting.add(opened._replace(counted=opened.counted + 1, aside_until=until), late=True)
            self._looking = None

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
        self._keep_uncertain(message_id, opened._replace(counted=opened.counted + 1, doubted=doubted))
        return opened

    def _keep_uncertain(self, message_id: str, entry: Entry) -> None:
        if self._doubts is None:
            self._doubts = Doubts()
        self._doubts.keep(message_id, entry)

    def resolve(self, event: s.SendResolved) -> bool:
        """An uncertain send is decided; whether it waits once more."""
        found = None if self._doubts is None else self._doubts.take(event.request)
        if found is None or event.resolution != "send_again":
            return False
        self._waiting.add(found._replace(doubted=0), late=True)
        self._looking = None
        return True

    def cancel(self, event: s.CampaignCancelled, *, opened: bool) -> None:
        """The campaign's sends that wait are to be cancelled, with `opened` the open one too."""
        campaign = campaign_of(event.campaign)
        found = self._waiting.of_campaign(campaign, event.up_to)
        entry = self.opened if opened else None
        if entry is not None and campaign_in(row_of(entry)) == campaign and entry.request < event.up_to:
            found.append(entry.request)
        self._forget_gone()
        known = set(self._doomed or ())
        self._doomed = (self._doomed or array("Q")) + array("Q", (r for r in found if r not in known)) or None

    def take_back(self, request: int, request_id: str) -> Entry | None:
        """A send that waits, or is open, expired or was cancelled: it."""
        if self.opened is not None and self.opened.request == request:
            return self.settle()
        return self._waiting.take(request, request_id)


def _told(entry: Entry) -> list[object]:
    """A send without its body, for a snapshot."""
    return [row_of(entry).hex(), entry.request_id, *entry[4:9]]


def _from(told: Any) -> Entry:
    row, request_id, attempt, counted, context, doubted, aside_until = told
    aside = datetime.fromisoformat(aside_until) if isinstance(aside_until, str) else aside_until
    return without_body(bytes.fromhex(row), request_id)._replace(
        attempt=attempt, counted=counted, context=Context(*context), doubted=doubted, aside_until=aside
    )
