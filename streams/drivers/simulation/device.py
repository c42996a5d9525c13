"""One simulated device: its account, its links, and what it remembers."""

from __future__ import annotations

from schemas.device.outcomes import LinkReport
from streams.drivers.memory import remember
from streams.drivers.port import Pair
from streams.drivers.simulation.description import Group
from streams.drivers.simulation.draws import draws
from streams.drivers.simulation.kinds import traits_of
from streams.drivers.simulation.session import Session
from streams.drivers.simulation.waiting import Waiting


class Link:
    """One link of a device, held by a session; `up` once it is logged in, `held` until it ends."""

    __slots__ = ("connect", "device", "held", "number", "session", "up", "waiting")

    def __init__(self, session: Session, device: Device, number: int, connect: int) -> None:
        self.session = session
        self.device = device
        self.number = number
        self.connect = connect
        self.held = True
        self.up = False
        self.waiting = Waiting()

    def report(self, said: LinkReport) -> None:
        """Tell the worker that holds it."""
        self.session.report(self.device.device_id, self.number, said)


class Underway:
    """A pairing of a device, held by a session until it ends."""

    __slots__ = ("device", "effect", "held", "serial", "session")

    def __init__(self, session: Session, device: Device, effect: Pair, serial: int) -> None:
        self.session = session
        self.device = device
        self.effect = effect
        self.serial = serial
        self.held = True


class Device:
    """A device's state; made when it is first spoken of, with the luck of its birth.

    made_by: the pairing that made its session; None: it was born with one, or was given one from outside.
    """

    __slots__ = (
        "ban_ahead", "banned_until", "chats", "device_id", "first_link_drops", "group", "jid", "link_luck", "links",
        "locked_until", "luck", "made_by", "paired", "pairing_luck", "refused", "taken", "traits", "underway",
    )  # fmt: skip

    def __init__(self, device_id: str, group: Group, seed: int) -> None:
        self.device_id = device_id
        self.group = group
        self.traits = traits_of(group.driver)
        self.luck = draws(seed, device_id, "send")
        self.link_luck = draws(seed, device_id, "link")
        self.pairing_luck = draws(seed, device_id, "pairing")
        birth = draws(seed, device_id, "birth")
        self.paired = birth() >= group.needs_pairing_share
        self.ban_ahead = birth() < group.banned_share
        self.first_link_drops = birth() < group.first_link_drops_share
        self.jid = self.own_jid
        self.made_by: int | None = None
        self.underway: Underway | None = None
        self.banned_until = 0.0
        self.locked_until = 0.0
        self.links: dict[tuple[int, int], Link] = {}
        self.chats: dict[str, None] = {}
        self.taken: dict[str, float] = {}
        self.refused: dict[str, str] = {}

    @property
    def own_jid(self) -> str:
        """The account of the phone that it was born with."""
        return f"{self.device_id}@simulated"

    def link(self, session: Session, number: int | None) -> Link | None:
        """Find the session's link of that number."""
        return self.links.get((session.number, number)) if number is not None else None

    def take(self, message_id: str, visible_from: float) -> None:
        """Remember a message that left, and from when an ask finds it."""
        if self.traits.drops_repeats or self.traits.answers_asks:
            remember(self.taken, message_id, visible_from, self.group.remembers)

    def refuse(self, message_id: str, reason: str) -> None:
        """Remember why a message was refused, for whoever asks."""
        if self.traits.answers_asks:
            remember(self.refused, message_id, reason, self.group.remembers)
