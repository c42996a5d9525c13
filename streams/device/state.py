"""A device as its owner knows it: a small value that events turn into the next one.

What may grow with the backlog (waiting sends, the idempotency window) is the owner's and reaches the rules as
arguments (`facts.py`). States are NamedTuples because a copy with changes is what the hot path makes most of.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from streams.device.account import Account, Pairing
from streams.device.reports import Reports

WhyRefresh = Literal["send", "requested", "retry", "reconcile"]
Phase = Literal["attempting", "ready", "held", "reconciling"]


class Refresh(NamedTuple):
    """The one refresh under way; `started` is False while it waits for its budget."""

    number: int
    started: bool
    why: WhyRefresh


class Parked(NamedTuple):
    """Nothing goes out until `until`, or until a person says so."""

    reason: str
    by: Literal["person", "device"]
    until: datetime | None


class Open(NamedTuple):
    """The one send that left its queue.

    phase: an attempt runs; it is ready to be tried again; it is held until `until`; or what became of it is being
    found out until `until`, next at `again_at`.
    orphan: a claim ended while the attempt ran: its outcome will not come by itself.
    doubted: the attempt whose outcome is not known; those after it, up to `attempt`, are repeats of it.
    """

    request: int
    request_id: str
    attempt: int
    message_id: str
    phase: Phase
    link: int | None = None
    until: datetime | None = None
    again_at: datetime | None = None
    reason: str = ""
    orphan: bool = False
    doubted: int = 0


class Device(NamedTuple):
    """Everything a decision about a device rests on, save its waiting sends.

    refreshes: number of the last refresh. was: the link that lived when a claim marker of its own owner ended it.
    failures: what went wrong since the last settled send: refreshes that failed, links that were lost, and on a
    platform device sends that came back. retry_at: no refresh by itself, and there no attempt, before.
    """

    open: Open | None = None
    failures: int = 0
    pace_until: datetime | None = None
    status: Literal["unknown", "registered", "removed"] = "unknown"
    driver: str = ""
    linked: bool = False
    name: str = ""
    credential: str | None = None
    pace_min_s: float = 0.0
    pace_max_s: float = 0.0
    link: int | None = None
    was: int | None = None
    refreshes: int = 0
    refresh: Refresh | None = None
    retry_at: datetime | None = None
    parked: Parked | None = None
    new_chats_at: datetime | None = None
    pairing: Pairing | None = None
    account: Account | None = None
    reports: Reports | None = None

    @property
    def jid(self) -> str | None:
        """Names the session that the last pairing made; None where the log knows of none."""
        return self.account.session.jid if self.account is not None and self.account.session is not None else None

    def trying(self, opened: Open) -> Device:
        """The device with that open send: `_replace`, at a third of its price, once a send (benchmarks/owner.py)."""
        return _filled(Device, (opened, *self[1:]))

    def settled(self, pace_until: datetime | None) -> Device:
        """The device without an open send, pausing until then: nothing has failed since."""
        return _filled(Device, (None, 0, pace_until, *self[3:]))


_filled = tuple.__new__
INITIAL = Device()
