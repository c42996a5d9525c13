"""A simulated fleet: effects and times in, answers, reports and ledger entries out; it has no clock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Literal, assert_never

from schemas.device.outcomes import NeedsPairing, NotConnected, NotFound, Rejected
from schemas.device.pairing import PairingFailed
from streams.drivers.port import Ask, Close, Connect, Done, Effect, Outcome, Pair, Report, Send, Unpair
from streams.drivers.simulation.account import strike
from streams.drivers.simulation.agenda import Agenda
from streams.drivers.simulation.description import Fleet
from streams.drivers.simulation.device import Device
from streams.drivers.simulation.kinds import Stroke
from streams.drivers.simulation.ledger import Happening, Ledger
from streams.drivers.simulation.links import Links
from streams.drivers.simulation.pairings import SimulatedPairings
from streams.drivers.simulation.receiving import LINK_DROPPED, inquire, receive
from streams.drivers.simulation.session import Session
from streams.drivers.simulation.waiting import settle

NOT_TO_RAISE = "a worker's callbacks must not raise"
NOT_CONNECTED = NotConnected()


class Simulation:
    """The model behind every simulated driver; times are seconds since 1970.

    `start` only writes down and puts on the agenda: answers and reports come out of `advance`, never before.
    """

    def __init__(self, fleet: Fleet, ledger: Ledger) -> None:
        self.ledger = ledger
        self.agenda = Agenda()
        self._fleet = fleet
        self._links = Links(self.agenda, ledger)
        self._pairings = SimulatedPairings(self.agenda, ledger, self._links)
        self._devices: dict[tuple[str, str], Device] = {}
        self._numbers = count(1)

    def join(self, driver: str, worker: str, report: Report) -> Session:
        """Let a worker speak to one driver's devices."""
        return Session(driver, worker, next(self._numbers), report)

    def leave(self, session: Session, what: Literal["closed", "abandoned"], now: float) -> list[tuple[Done, Effect]]:
        """End every link that a session holds, and answer it no more; gives what it still waited for."""
        links = [link for device in self._devices.values() for link in device.links.values()]
        waiting = session.waiting.end()
        for device in self._devices.values():
            self._pairings.release(device, session, now)
        for link in links:
            if link.session is session:
                waiting += self._links.release(link, what, now)
        return waiting

    def start(self, session: Session, effect: Effect, done: Done, now: float) -> None:
        """Begin an effect; `done` is called by a later `advance`."""
        device = self._device(session.driver, effect.device_id)
        if device is None:
            self._refuse(session, effect, done, now)
            return
        match effect:
            case Send():
                self._send(session, device, effect, done, now)
            case Ask():
                self._ask(session, device, effect, done, now)
            case Connect():
                self._links.connect(session, device, effect, done, now)
            case Close():
                self._links.close(session, device, effect, done, now)
            case Pair():
                self._pairings.begin(session, device, effect, done, now)
            case Unpair():
                self._pairings.end(session, device, effect, done, now)
            case _:
                assert_never(effect)

    def advance(self, now: float) -> None:
        """Let everything happen that is due by now; raises ExceptionGroup after it, if a callback raised."""
        raised: list[Exception] = []
        for act, thing in self.agenda.take(now):
            try:
                act(thing, now)
            except Exception as error:
                raised.append(error)
        if raised:
            raise ExceptionGroup(NOT_TO_RAISE, raised)

    def is_up(self, session: Session, device_id: str, number: int) -> bool:
        """Whether that link is logged in."""
        device = self._devices.get((session.driver, device_id))
        link = device.link(session, number) if device else None
        return link is not None and link.up

    def chats_of(self, session: Session, device_id: str) -> dict[str, None]:
        """With whom the device has written, as far back as it remembers; oldest first."""
        device = self._devices.get((session.driver, device_id))
        return device.chats if device else {}

    def remember(self, driver: str, device_id: str, message_id: str) -> None:
        """Know of a message that left in an earlier life of the simulation."""
        device = self._device(driver, device_id)
        if device is not None:
            device.take(message_id, 0.0)

    def tell(self, session: Session, stroke: Stroke, prefix: str, now: float) -> int:
        """Strike every linked device whose id begins with `prefix`; gives how many there are."""
        struck = [device for device in self._named(prefix) if device.traits.linked]
        for device in struck:
            self._strike(session, device, stroke, now)
        return len(struck)

    def _device(self, driver: str, device_id: str) -> Device | None:
        known = self._devices.get((driver, device_id))
        if known is not None:
            return known
        group = self._fleet.group_of(driver, device_id)
        if group is None:
            return None
        return self._devices.setdefault((driver, device_id), Device(device_id, group, self._fleet.seed))

    def _named(self, prefix: str) -> Iterator[Device]:
        for group in self._fleet.devices:
            for device_id in group.device_ids():
                if device_id.startswith(prefix):
                    self._device(group.driver, device_id)
        return (device for device in [*self._devices.values()] if device.device_id.startswith(prefix))

    def _strike(self, session: Session, device: Device, stroke: Stroke, now: float) -> None:
        up = [link for link in device.links.values() if link.up]
        if stroke == "pair":
            device.paired, device.made_by = True, None
            self.ledger.add(now, session, device.device_id, None, "paired")
        elif up:
            for link in up:
                self._links.end_soon(link, stroke)
        else:
            strike(device, stroke, now)

    def _send(self, session: Session, device: Device, send: Send, done: Done, now: float) -> None:
        if not device.traits.linked:
            what, outcome = receive(device, send, now)
            waiting = session.waiting
        elif (link := device.link(session, send.link)) is not None and link.up:
            what, outcome = receive(device, send, now)
            waiting = link.waiting
            if outcome is LINK_DROPPED:
                self._links.end_soon(link, "drop")
        else:
            self._settle_soon(session, send, done, NOT_CONNECTED)
            self._write(now, session, send, "not_connected")
            return
        self._write(now, session, send, what)
        took = device.group.send_ms.seconds(device.luck())
        self.agenda.after(took, now, settle, (waiting, waiting.expect(send, done), outcome))

    def _ask(self, session: Session, device: Device, ask: Ask, done: Done, now: float) -> None:
        what, outcome = inquire(device, ask, now)
        self._write(now, session, ask, what)
        took = device.group.send_ms.seconds(device.luck())
        self.agenda.after(took, now, settle, (session.waiting, session.waiting.expect(ask, done), outcome))

    def _refuse(self, session: Session, effect: Effect, done: Done, now: float) -> None:
        what, outcome = refusal(effect)
        if isinstance(effect, Send | Ask):
            self._write(now, session, effect, what)
        elif isinstance(effect, Connect | Close):
            self.ledger.add(now, session, effect.device_id, effect.link, what)
        self._settle_soon(session, effect, done, outcome)

    def _settle_soon(self, session: Session, effect: Effect, done: Done, outcome: Outcome) -> None:
        self.agenda.soon(settle, (session.waiting, session.waiting.expect(effect, done), outcome))

    def _write(self, now: float, session: Session, effect: Send | Ask, what: Happening) -> None:
        device_id, message_id = effect.device_id, effect.message_id
        self.ledger.add(now, session, device_id, effect.link, what, message_id, effect.attempt)


def refusal(effect: Effect) -> tuple[Happening, Outcome]:
    """Say what comes of an effect on a device that no group of the fleet describes."""
    match effect:
        case Send():
            return "rejected", Rejected(reason="unknown_device")
        case Ask():
            return "asked_not_found", NotFound()
        case Connect():
            return "needs_pairing", NeedsPairing(reason="unknown_device")
        case Close():
            return "nothing_to_close", None
        case Pair():
            return "pairing_ended", PairingFailed(why="unknown_device")
        case Unpair():
            return "unpaired", None
        case _:
            assert_never(effect)
