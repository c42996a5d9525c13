"""Every driver by name: what its devices can do, and how to make it. A new driver is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from streams.drivers.absent import AbsentDriver
from streams.drivers.credentials import Credential, Credentials
from streams.drivers.port import Driver, Record, Traits, unrecorded
from streams.drivers.simulated import SimulatedDriver
from streams.drivers.simulation.kinds import Kind, traits_of
from streams.drivers.wablas.account import account_of
from streams.drivers.wablas.traits import WABLAS
from streams.drivers.whatsapp.traits import WHATSAPP


@dataclass(frozen=True, slots=True)
class WhatsAppHost:
    """The built host of WhatsApp's devices, and the database of their sessions.

    stand_in: its address and root key, ADDRESS/KEY, where the host is to talk to that and never to WhatsApp.
    at_once: the worker waits for it before it takes partitions; else it is started once a device needs it.
    typing_s: the longest that somebody is shown typing before a message; 0: never.
    media_private: files of media may also be fetched from addresses that are not public.
    """

    program: Path
    database: str = field(repr=False)
    stand_in: str | None = None
    at_once: bool = False
    media_private: bool = False
    typing_s: float = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver may need of the worker it runs in."""

    worker: str
    simulator: Path
    """The fleet's unix socket; nothing has to listen there before a simulated driver is opened."""
    credentials: Credentials = field(default_factory=lambda: Credentials(Path("credentials.toml")))
    connections: int = 200
    """To platforms, for all devices of a driver together."""
    answer_s: float = 20.0
    """How long a platform may take to answer."""
    whatsapp: WhatsAppHost | None = None
    """None: WhatsApp's devices are told that it was not built."""
    record: Record = unrecorded
    """Puts what platforms report by themselves into the log."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A driver that can be made; `traits` are known without making it.

    check: raises CredentialError where a credential cannot be one of its devices'; None: it takes none.
    """

    traits: Traits
    make: Callable[[Surroundings], Driver]
    check: Callable[[Credential], object] | None = None


NOT_BUILT = "its host is not built, or no database is set: see docs/drivers/whatsapp.md, and start the worker again"


class UnknownDriverError(LookupError):
    """A device's driver must stand in the catalogue."""

    code = "unknown_driver"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no driver {name!r}: use one of {', '.join(DRIVERS)}")
        self.name = name


def simulated(kind: Kind) -> Listing:
    """List one kind of simulated device."""
    return Listing(traits_of(kind), lambda around: SimulatedDriver(kind, around.simulator, around.worker))


def _wablas(around: Surroundings) -> Driver:
    from streams.drivers.exchange import Reach  # most commands need no HTTP client, which takes a while to import
    from streams.drivers.wablas.driver import wablas_driver

    return wablas_driver(around.credentials, Reach(around.connections, around.answer_s))


def _whatsapp(around: Surroundings) -> Driver:
    if around.whatsapp is None:
        return AbsentDriver("whatsapp", WHATSAPP, NOT_BUILT)
    from streams.drivers.whatsapp.hosted import whatsapp_driver  # most commands need none of it

    return whatsapp_driver(around.whatsapp, around.worker, around.record)


DRIVERS: dict[str, Listing] = {
    "simulated": simulated("simulated"),
    "simulated-repeatable": simulated("simulated-repeatable"),
    "simulated-platform": simulated("simulated-platform"),
    "simulated-blind-platform": simulated("simulated-blind-platform"),
    "wablas": Listing(WABLAS, _wablas, account_of),
    "whatsapp": Listing(WHATSAPP, _whatsapp),
}


def listing(name: str) -> Listing:
    """Find a driver; raises UnknownDriverError."""
    try:
        return DRIVERS[name]
    except KeyError:
        raise UnknownDriverError(name) from None
