"""The driver port: what Mendline asks of one kind of device or platform, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, dataclass_transform

from schemas.device.body import Body
from schemas.device.outcomes import ConnectOutcome, LinkReport, SendOutcome
from schemas.device.pairing import PairOutcome, Signal
from schemas.device.requests import DeliveryReported, MessageReported, PairingMethod

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind of device can do; the decider asks only these.

    linked: it has a link that can drop and be mended (a platform device has none).
    drops_repeats: a send repeated under its `message_id` leaves once.
    answers_asks: it can say what became of a `message_id`.
    pairs: a person pairs it with a phone; only what has a link can be paired.
    """

    linked: bool
    drops_repeats: bool
    answers_asks: bool
    pairs: bool = False


@dataclass_transform(frozen_default=True)
def effect(cls: type[E]) -> type[E]:
    """Make a class a value that mypy keeps from changing: what else would costs 1 µs a send (benchmarks/owner.py)."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@effect
class Send:
    """Send `body` to `to`; also how a send is repeated: the same `message_id`, a higher `attempt`.

    credential: the name of the device's credential, for a driver whose platform wants one.
    """

    device_id: str
    link: int | None
    message_id: str
    attempt: int
    to: str
    body: Body
    credential: str | None = None


@effect
class Ask:
    """Ask the platform what became of `message_id`; answered `Accepted`, `Rejected`, `NotFound` or `Uncertain`."""

    device_id: str
    link: int | None
    message_id: str
    attempt: int
    to: str
    credential: str | None = None


@effect
class Connect:
    """Make link number `link` of the device; any older link of it has been closed first.

    jid: the session that its pairing made, where the log knows of one.
    """

    device_id: str
    link: int
    jid: str | None = None


@effect
class Close:
    """Close link number `link`, up or still connecting; answered by `None` once nothing of it is left."""

    device_id: str
    link: int


@effect
class Pair:
    """Pair the device with a phone, as pairing number `pairing`; what it has to be shown is reported under that.

    Answered by `Paired` or `PairingFailed`, once no connection is left of it: a link is made by a later `Connect`.
    Method `import` asks no phone and connects nowhere: `Paired` where the session of `jid` is there.
    """

    device_id: str
    pairing: int
    method: PairingMethod
    phone: str | None = None
    jid: str | None = None


@effect
class Unpair:
    """End pairing number `pairing` where it is under way, and the session that it made; answered by `None`.

    That session and no other, also when this comes late. pairing, jid: none where the session was made by no pairing
    that the log tells of. A pairing under way is answered too: `PairingFailed(why="closed")`.
    """

    device_id: str
    pairing: int | None
    jid: str | None = None


Effect = Send | Ask | Connect | Close | Pair | Unpair
Outcome = SendOutcome | ConnectOutcome | PairOutcome | None
Done = Callable[[Outcome], None]
Report = Callable[[str, int, LinkReport | Signal], None]
"""Called with (device_id, link, what the driver says of the link by itself), or (device_id, pairing, signal)."""

Told = DeliveryReported | MessageReported
Record = Callable[[str, Told, Callable[[], None]], None]
"""Called with (device_id, what a platform reports by itself, what to call once that lies in the log).

Who owns the device then does not matter. Until the last is called, the platform has to be asked to say it again; it is
not called in a process that ends. What is said twice is recorded once.
"""


def unrecorded(_device_id: str, _told: Told, _recorded: Callable[[], None]) -> None:
    """Record nothing: the platform goes on saying it."""


class Driver(Protocol):
    """One kind of device or platform. Every method returns at once; nothing here raises for a device's sake.

    `start` calls `done` exactly once, on the event loop's thread, never before `start` has returned. A closed
    connect is still answered: `Unreachable(reason="closed")`. A send on a link that is not up: `NotConnected`.
    What does not pair answers `PairingFailed(why="not_supported")`.
    """

    name: str
    traits: Traits

    def listen(self, report: Report) -> None:
        """Say where reports about links go; called once, before the first `start`."""

    def start(self, effect: Effect, done: Done) -> None:
        """Begin `effect`; `done` gets its outcome."""

    def healthy(self, device_id: str, link: int) -> bool:
        """The driver's last word about the link, without I/O."""

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` before, without I/O."""

    async def open(self) -> None:
        """Acquire what the driver needs; waits and retries by itself while its other end is away."""

    async def close(self) -> None:
        """Close every link and release everything, within two seconds."""
