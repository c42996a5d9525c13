"""The links of a simulated fleet: made, logged in, ended by either side, and never kept from overlapping."""

from __future__ import annotations

import math

from schemas.device.outcomes import Advanced, Connected, Uncertain, Unreachable
from streams.drivers.port import Close, Connect, Done, Effect
from streams.drivers.simulation.account import lifetime, strike, verdict
from streams.drivers.simulation.agenda import Agenda
from streams.drivers.simulation.device import Device, Link
from streams.drivers.simulation.kinds import End
from streams.drivers.simulation.ledger import Happening, Ledger
from streams.drivers.simulation.session import Session
from streams.drivers.simulation.waiting import settle

CONNECT_ENDS: dict[str, Happening] = {
    "needs_pairing": "needs_pairing",
    "banned_until": "banned",
    "unreachable": "unreachable",
}


class Links:
    """Every link of every device; `overlapped` is written down where one is begun beside a living one."""

    def __init__(self, agenda: Agenda, ledger: Ledger) -> None:
        self._agenda = agenda
        self._ledger = ledger

    def connect(self, session: Session, device: Device, effect: Connect, done: Done, now: float) -> None:
        """Begin a link; its steps and its end are due later."""
        connect = session.waiting.expect(effect, done)
        link = Link(session, device, effect.link, connect)
        if device.link(session, effect.link) or not device.traits.linked:
            self._write(link, "unreachable", now)
            self._agenda.soon(settle, (session.waiting, connect, Unreachable(reason="no_such_link_to_make")))
            return
        self._write(link, "connecting", now)
        if device.links:
            self._write(link, "overlapped", now)
        device.links[session.number, effect.link] = link
        self._put_down(link, now)

    def _put_down(self, link: Link, now: float) -> None:
        group, luck = link.device.group, link.device.link_luck
        took = group.connect_ms.seconds(luck())
        for count, step in enumerate(group.connect_steps[:-1], 1):
            self._agenda.after(took * count / len(group.connect_steps), now, advance, (link, step))
        self._agenda.after(took, now, self._log_in, (link, luck()))

    def _log_in(self, arriving: tuple[Link, float], now: float) -> None:
        link, luck = arriving
        if not link.held:
            return
        outcome = verdict(link.device, luck, now)
        if isinstance(outcome, Connected):
            self._bring_up(link, now)
        else:
            self._remove(link, CONNECT_ENDS[outcome.kind], now)
        link.session.waiting.answer(link.connect, outcome)

    def _bring_up(self, link: Link, now: float) -> None:
        for other in [each for each in link.device.links.values() if each.up]:
            self._end((other, "replace"), now)
        link.up = True
        self._write(link, "connected", now)
        for step in link.device.group.connect_steps[-1:]:
            link.report(Advanced(step=step))
        lasts, how = lifetime(link.device)
        if lasts < math.inf:
            self._agenda.after(lasts, now, self._end, (link, how))

    def end_soon(self, link: Link, how: End) -> None:
        """Let a link end by itself: written down, its sends left uncertain, its worker told."""
        self._agenda.soon(self._end, (link, how))

    def _end(self, ending: tuple[Link, End], now: float) -> None:
        link, how = ending
        if link.held:
            what, said = strike(link.device, how, now)
            self._remove(link, what, now)
            link.report(said)

    def close(self, session: Session, device: Device, effect: Close, done: Done, now: float) -> None:
        """Close a link at its worker's wish, up or still connecting."""
        link = device.link(session, effect.link)
        if link is None:
            self._ledger.add(now, session, effect.device_id, effect.link, "nothing_to_close")
        else:
            self._remove(link, "closed", now)
            self._agenda.soon(settle, (session.waiting, link.connect, Unreachable(reason="closed")))
        self._agenda.soon(settle, (session.waiting, session.waiting.expect(effect, done), None))

    def release(self, link: Link, what: Happening, now: float) -> list[tuple[Done, Effect]]:
        """End a link whose worker is gone, or says goodbye; gives the sends that ran over it."""
        waiting = link.waiting.end()
        self._remove(link, what, now)
        return waiting

    def _remove(self, link: Link, what: Happening, now: float) -> None:
        link.held = link.up = False
        del link.device.links[link.session.number, link.number]
        self._write(link, what, now)
        waiting, uncertain = link.session.waiting, Uncertain(reason=f"link_{what}")
        for done, effect in link.waiting.end():
            self._agenda.soon(settle, (waiting, waiting.expect(effect, done), uncertain))

    def _write(self, link: Link, what: Happening, now: float) -> None:
        self._ledger.add(now, link.session, link.device.device_id, link.number, what)


def advance(passing: tuple[Link, str], now: float) -> None:
    """Tell that a connect reached a step."""
    link, step = passing
    if link.held:
        link.report(Advanced(step=step))
