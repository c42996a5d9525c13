"""What the rules are told beside the state: what was asked, what was read, what was drawn, what the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from schemas.device.outcomes import ConnectOutcome, LinkReport, SendOutcome
from schemas.device.pairing import PairOutcome
from schemas.device.requests import DeviceRequest
from schemas.device.sends import Send
from schemas.envelope import NO_CONTEXT, Context
from streams.drivers.port import Traits
from streams.ownership.publishing import Home
from streams.uniqueness.values import ValueOf


def _unnamed(kind: str, text: str) -> str:
    raise NotImplementedError("without the installation's key no value has a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings that decisions depend on, what each driver can do, and how unique values are named."""

    drivers: Mapping[str, Traits] = field(default_factory=dict)
    max_attempts: int = 10
    reconcile_s: float = 60.0
    default_expiry_s: float = 24 * 3600.0
    max_expiry_s: float = 14 * 24 * 3600.0
    backoff_min_s: float = 1.0
    backoff_max_s: float = 300.0
    max_waiting: int = 1_000_000
    max_waiting_in_all: int = 4_000_000
    decision_events: int = 500
    pairing_s: float = 180.0
    value_of: ValueOf = _unnamed


class Asked(NamedTuple):
    """A request from the log: its offset, its `request_id`, and what it asks."""

    offset: int
    id: str
    request: DeviceRequest
    digest: str = ""
    context: Context = NO_CONTEXT


class SendEnded(NamedTuple):
    """What came of attempt `attempt` of the open send, or of an ask about it."""

    message_id: str
    attempt: int
    outcome: SendOutcome


class ConnectEnded(NamedTuple):
    """What came of connecting link number `link`."""

    link: int
    outcome: ConnectOutcome


class LinkReported(NamedTuple):
    """What the driver says of link number `link` by itself."""

    link: int
    report: LinkReport


class PairEnded(NamedTuple):
    """What came of pairing number `pairing`."""

    pairing: int
    outcome: PairOutcome


Command = Asked | SendEnded | ConnectEnded | LinkReported | PairEnded


class Seen(NamedTuple):
    """A request id that is still remembered: its content's digest, its first offset, whether it is settled."""

    digest: str
    first: int
    settled: bool


class Entry(NamedTuple):
    """A send that waits, is open or is uncertain: what its fate said, and how often it was tried.

    due: when it came or comes due: `not_before`, or the time of its decision if that is later.
    counted: attempts that count against the limit. doubted: the first attempt of an uncertain send whose outcome is
    not known. aside_until: it stepped aside, and is not tried before. place: the offset of its fate.
    row: set where the body is not at hand; then `send` has no body, recipient or campaign, and there may be no
    request_id.
    """

    request: int
    request_id: str
    send: Send
    due: datetime
    attempt: int = 0
    counted: int = 0
    context: Context = NO_CONTEXT
    doubted: int = 0
    aside_until: datetime | None = None
    place: int = 0
    row: bytes = b""

    @property
    def lacks_body(self) -> bool:
        """Whether its fate has to be read again before anything can be done about it."""
        return bool(self.row)

    def tried(self, attempt: int) -> Entry:
        """The send at that attempt of it: `_replace`, at a third of its price, once a send (benchmarks/owner.py)."""
        return _filled(Entry, (*self[:4], attempt, *self[5:8], None, *self[9:]))


_filled = tuple.__new__


class Sends(Protocol):
    """A device's sends as the rules see them (`streams/ownership/queue.py` keeps them).

    Those that wait may lack their bodies.
    """

    opened: Entry | None

    def __len__(self) -> int:
        """How many wait."""

    def head(self, at: datetime) -> Entry | None:
        """The waiting send that came due first, of those due by `at`."""

    def next_due(self) -> datetime | None:
        """When the next waiting send comes due; None where none waits."""

    def next_timed(self, at: datetime) -> datetime | None:
        """When the first waiting send not yet due at `at` comes due."""

    def ends_at(self) -> datetime | None:
        """Before then no send is to be taken back; None where none waits, the past where a campaign was cancelled.

        It may be sooner than the next expiry: of a send that has left meanwhile.
        """

    def known(self, at: datetime, knows: Callable[[str], bool]) -> Entry | None:
        """The waiting send that came due first, of those due by `at`, not stepped aside and to a chat it `knows`."""

    def expired(self, at: datetime, limit: int) -> list[Entry]:
        """At most `limit` waiting sends that expired by `at`."""

    def waiting(self, request_id: str) -> Entry | None:
        """The waiting send of that id."""

    def doomed(self, limit: int) -> list[Entry]:
        """At most `limit` sends whose campaign was cancelled."""

    def uncertain(self, request_id: str) -> Entry | None:
        """The last uncertain send of that id."""

    def uncertain_message(self, message_id: str) -> Entry | None:
        """The uncertain send of that message id."""

    def of_campaign(self, campaign: str, up_to: int) -> int:
        """How many sends of a campaign wait that were asked for before offset `up_to`."""

    def first(self, limit: int) -> list[Entry]:
        """At most `limit` waiting sends, in any order."""


class Facts(Protocol):
    """What may be read and drawn for one decision; what was used and matters later stands in its events."""

    @property
    def rules(self) -> Rules:
        """The settings."""

    @property
    def sends(self) -> Sends:
        """The device's sends."""

    @property
    def waiting_in_all(self) -> int:
        """How many sends wait in the partition."""

    @property
    def seen(self) -> Seen | None:
        """What is remembered of the request id that is asked about."""

    @property
    def draw(self) -> float:
        """A number in [0, 1), another one each time."""

    @property
    def healthy(self) -> bool:
        """The driver's last word about the device's link."""

    @property
    def send_budget(self) -> bool:
        """Whether an attempt may begin now."""

    @property
    def link_budget(self) -> bool:
        """Whether a refresh, with its link, may begin now."""

    @property
    def pairing_budget(self) -> bool:
        """Whether a pairing may begin now."""

    @property
    def home(self) -> Home:
        """Where the device's events lie."""

    @property
    def running(self) -> bool:
        """Whether an effect of the open send runs in this process."""

    @property
    def orphans_wait_until(self) -> datetime | None:
        """Before then an attempt of an ended claim may still be reported by its process."""

    def knows_chat(self, to: str) -> bool:
        """The driver's word whether the device has written with `to` before."""

    def message_id(self, request_id: str) -> str:
        """The id under which every attempt of the send goes out."""
