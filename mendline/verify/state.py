"""What the checks remember of a device and its sends: the verifier's own fold of the counted events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from mendline.verify.limits import Limits
from mendline.verify.parsing import Json, is_before
from mendline.verify.place import Place
from mendline.verify.rules import Rule


class Phase(Enum):
    """Where a send stands; an uncertain one may still be resolved."""

    WAITING = "waiting"
    ATTEMPTING = "attempting"
    RECONCILING = "reconciling"
    UNCERTAIN = "uncertain"
    OVER = "over"


WAITING, ATTEMPTING, RECONCILING, UNCERTAIN, OVER = Phase
"""The phases by name: looking one up in its class costs eight times as much (benchmarks/verify.py)."""


class Send:
    """A send that is not over, or was lately.

    content: tells it from another one under the same id.
    came_due: what decides its turn; `not_before` if it is `timed`, else the time of its fate.
    due: it is not attempted earlier.
    returned: attempts that do not count. doubted: the first attempt whose outcome is not known.
    doomed: why it may only be cancelled. aside: exempt from the order, having stepped aside, or being sent again.
    ended: which one of the partition's sends it was to be over; 0 if it is not.

    The defaults are the class's, not each send's: half of a dataclass's cost (benchmarks/verify.py).
    """

    timed: bool = False
    due: str | None = None
    phase: Phase = WAITING
    attempts: int = 0
    returned: int = 0
    doubted: int = 0
    message_id: str | None = None
    until: str | None = None
    doomed: str | None = None
    aside: bool = False
    ended: int = 0

    def __init__(self, request: int, request_id: str, content: int, asked: Json, came_due: str) -> None:
        self.request = request
        self.request_id = request_id
        self.content = content
        self.campaign: str | None = asked["campaign"]
        self.expires_at: str = asked["expires_at"]
        self.came_due = came_due

    def __str__(self) -> str:
        return f"send {self.request} ({self.request_id})"

    def should_be_over(self, time: str) -> bool:
        """Whether it waits in vain: it has expired, or may only be cancelled."""
        return self.doomed is not None or not is_before(time, self.expires_at)


@dataclass(slots=True, eq=False)
class Device:
    """What is known of a device at a place of the log.

    known: its history is known from its registration on.
    link, refresh: the live and the open one. outlived: the link that lived when the claim ended, with its process.
    succeeded, replaced: a refresh whose link, and a link whose end, has to be told by the event at offset `pending`.
    pairing: the open one, claiming: once its account is asked for; session: the pairing that made the living one.
    open: the send that is tried. held: the send at the head, which all others wait for.
    known_ids: sends by request id, those that are not over and the last ones that are, `ended`.
    queue, timed: what waits, in the order it comes due; what has left is passed over.
    campaigns: those that were cancelled, up to which request.
    Of other streams: a user's live connections, the newest last; when a node counts as lost, and whether it is.
    """

    subject: str
    place: Place
    limits: Limits
    misplaced: bool
    known: bool = True
    registered: bool = False
    linked: bool = False
    parked: bool = False
    link: int | None = None
    outlived: tuple[int, str] | None = None
    refresh: int | None = None
    queued: int | None = None
    refreshes: int = 0
    pairing: int | None = None
    claiming: bool = False
    session: int | None = None
    succeeded: int | None = None
    replaced: int | None = None
    pending: int | None = None
    pace_until: str | None = None
    locked_until: str | None = None
    open: Send | None = None
    held: Send | None = None
    sends: dict[int, Send] = field(default_factory=dict)
    known_ids: dict[str, Send] = field(default_factory=dict)
    ended: deque[Send] = field(default_factory=deque)
    queue: deque[Send] = field(default_factory=deque)
    campaigns: dict[str, int] = field(default_factory=dict)
    timed: list[tuple[float, int, Send]] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    lost_at: str | None = None
    lost: bool = False

    def violation(self, rule: Rule, sentence: str, *offsets: int) -> None:
        """Report what the events at `offsets` show, unless the device's past is not known."""
        if self.known:
            self.place.violation(rule, sentence, *offsets, device=self.subject)

    def remember(self, send: Send, end: str) -> None:
        """A send is over, in the way that `end` names."""
        send.phase = OVER
        self.sends.pop(send.request, None)
        if self.held is send:
            self.held = None
        self.place.ended[end] += 1
        self.place.settled = send.ended = self.place.settled + 1
        self.ended.append(send)
        if len(self.ended) > self.limits.window:
            self._forget(self.ended.popleft())

    def _forget(self, send: Send) -> None:
        if self.known_ids.get(send.request_id) is send:
            del self.known_ids[send.request_id]

    def end_claim(self, process: str, successor: str | None) -> None:
        """A marker or a release ends links and open refreshes; only a link of the successor's own can outlive it."""
        if self.link is not None:
            self.outlived = (self.link, process)
        if self.outlived is not None and self.outlived[1] != successor:
            self.outlived = None
        self.link = self.refresh = None
