"""The pairings of a simulated fleet: codes that are shown until a person scans one, and the sessions that they make."""

from __future__ import annotations

import re
from hashlib import blake2b

from schemas.device.pairing import CodeShown, Paired, PairingFailed, QrShown, Signal
from streams.drivers.port import Done, Pair, Unpair
from streams.drivers.simulation.agenda import Agenda
from streams.drivers.simulation.device import Device, Underway
from streams.drivers.simulation.ledger import Happening, Ledger
from streams.drivers.simulation.links import Links
from streams.drivers.simulation.receiving import moment
from streams.drivers.simulation.session import Session
from streams.drivers.simulation.waiting import settle

CODE_S = 20.0
"""How long a code can be scanned or typed before the next one is shown."""


class SimulatedPairings:
    """Every pairing of every device, one a device at a time."""

    def __init__(self, agenda: Agenda, ledger: Ledger, links: Links) -> None:
        self._agenda = agenda
        self._ledger = ledger
        self._links = links

    def begin(self, session: Session, device: Device, effect: Pair, done: Done, now: float) -> None:
        """Show a code, and let somebody scan it in a while, unless nobody does."""
        serial = session.waiting.expect(effect, done)
        if not device.traits.pairs:
            self._agenda.soon(settle, (session.waiting, serial, PairingFailed(why="not_supported")))
            return
        self._give_up(device, now)
        if effect.jid is not None:  # a session that somebody else's program made
            device.paired, device.made_by, device.jid = True, effect.pairing, effect.jid
            self._agenda.soon(settle, (session.waiting, serial, Paired(jid=effect.jid)))
            return
        device.underway = underway = Underway(session, device, effect, serial)
        self._write(underway, "pairing", now)
        luck, group = device.pairing_luck, device.group
        shown_at, scanned = group.connect_ms.seconds(luck()), luck() >= group.unscanned_share
        self._agenda.after(shown_at, now, self._show, (underway, 1))
        if scanned:
            self._agenda.after(shown_at + group.scan_ms.seconds(luck()), now, self._scan, underway)

    def _show(self, showing: tuple[Underway, int], now: float) -> None:
        underway, number = showing
        if not underway.held:
            return
        underway.session.report(underway.device.device_id, underway.effect.pairing, _signal(underway, number, now))
        self._agenda.after(CODE_S, now, self._show, (underway, number + 1))

    def _scan(self, underway: Underway, now: float) -> None:
        if not underway.held:
            return
        device, effect = underway.device, underway.effect
        self._end(underway, "paired", now)
        device.paired, device.made_by = True, effect.pairing
        device.jid = device.own_jid if effect.phone is None else f"{_digits(effect.phone)}@simulated"
        underway.session.waiting.answer(underway.serial, Paired(jid=device.jid))

    def end(self, session: Session, device: Device, effect: Unpair, done: Done, now: float) -> None:
        """End that pairing, or the session that it made; of any other nothing."""
        underway = device.underway
        if underway is not None and underway.session is session and underway.effect.pairing == effect.pairing:
            self._give_up(device, now)
        if device.paired and device.made_by == effect.pairing:
            device.paired = False
            self._ledger.add(now, session, device.device_id, effect.pairing, "unpaired")
            for link in [link for link in device.links.values() if link.up]:
                self._links.end_soon(link, "log_out")
        self._agenda.soon(settle, (session.waiting, session.waiting.expect(effect, done), None))

    def _give_up(self, device: Device, now: float) -> None:
        underway = device.underway
        if underway is not None:
            self._end(underway, "pairing_ended", now)
            waiting = underway.session.waiting
            self._agenda.soon(settle, (waiting, underway.serial, PairingFailed(why="closed")))

    def release(self, device: Device, session: Session, now: float) -> None:
        """End what a worker began that is gone: nobody sees its codes any more."""
        if device.underway is not None and device.underway.session is session:
            self._end(device.underway, "pairing_ended", now)

    def _end(self, underway: Underway, what: Happening, now: float) -> None:
        underway.held, underway.device.underway = False, None
        self._write(underway, what, now)

    def _write(self, underway: Underway, what: Happening, now: float) -> None:
        self._ledger.add(now, underway.session, underway.device.device_id, underway.effect.pairing, what)


def _signal(underway: Underway, number: int, now: float) -> Signal:
    device_id, pairing = underway.device.device_id, underway.effect.pairing
    text = blake2b(f"{device_id} {pairing} {number}".encode(), digest_size=8).hexdigest().upper()
    until = moment(now + CODE_S)
    if underway.effect.method == "code":
        return CodeShown(text=f"{text[:4]}-{text[4:8]}", until=until)
    return QrShown(text=f"simulated:{device_id}:{text}", until=until)


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)
