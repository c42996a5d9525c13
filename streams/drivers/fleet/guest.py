"""One connection to the fleet process: a worker's driver, or one that only strikes devices."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Literal

from schemas.device.outcomes import Connected, LinkReport
from schemas.device.pairing import Signal
from streams.drivers.clockwork import Clockwork
from streams.drivers.fleet.channel import Channel
from streams.drivers.fleet.ledger_file import LedgerFile
from streams.drivers.fleet.messages import VERSION, effect_said, sends_said
from streams.drivers.port import Connect, Outcome
from streams.drivers.simulation.kinds import KINDS, STROKES
from streams.drivers.simulation.receiving import ACCEPTED
from streams.drivers.simulation.session import Session

EFFECTS = frozenset({"ask", "connect", "close", "pair", "unpair"})
CONTROL = "control"
"""Named instead of a driver by a connection that drives no device."""


class MessageError(ValueError):
    """What comes over the socket must be a message of the protocol's version, and the first one the hello."""

    def __init__(self, message: object) -> None:
        super().__init__(f"{message!r} is no message of version {VERSION}, or came before the hello")


class Guest:
    """Understands one connection; its links end with it, as those of a worker that died."""

    def __init__(self, clockwork: Clockwork, ledger_file: LedgerFile, guests: dict[str, Guest]) -> None:
        self.channel = Channel(self._received, self._lost)
        self._clockwork = clockwork
        self._ledger_file = ledger_file
        self._guests = guests
        self._key = ""
        self._session: Session | None = None

    def leave(self, how: Literal["closed", "abandoned"]) -> None:
        """End its links, and the connection."""
        session, self._session = self._session, None
        if session is not None:
            self._guests.pop(self._key)
            self._clockwork.simulation.leave(session, how, time.time())
        self.channel.close()

    def _lost(self, error: Exception | None) -> None:
        self.leave("abandoned")

    def _received(self, messages: list[Any]) -> None:
        try:
            for message in messages:
                self._hear(message)
        except (ValueError, TypeError, KeyError) as error:
            self._refuse(f"cannot understand this: {error}")

    def _hear(self, message: Any) -> None:
        match message:
            case ["sends", *cells] if self._session is not None:
                for number, send in sends_said(cells):
                    self._clockwork.start(self._session, send, partial(self._answer, number))
            case [str(word), int(number), *about] if word in EFFECTS and self._session is not None:
                self._start(self._session, word, number, about)
            case ["hello", version, str(driver), str(worker), str(key)]:
                self._greet(version, driver, worker, key)
            case ["tell", int(number), stroke, str(prefix)] if self._session and stroke in STROKES:
                self.channel.put(number, self._clockwork.tell(self._session, stroke, prefix))
            case ["ledger", int(number)] if self._session is not None:
                self._ledger_file.sync()
                self.channel.put(number, str(self._ledger_file.path))
            case ["bye"]:
                self.leave("closed")
            case _:
                raise MessageError(message)

    def _start(self, session: Session, word: str, number: int, about: list[Any]) -> None:
        effect = effect_said(word, about)
        if isinstance(effect, Connect):
            done = partial(self._connect_ended, session, number, effect.device_id)
        else:
            done = partial(self._answer, number)
        self._clockwork.start(session, effect, done)

    def _answer(self, number: int, outcome: Outcome) -> None:
        if outcome is ACCEPTED:
            self.channel.put_in_run("accepted", number)
        else:
            self.channel.put(number, outcome)

    def _connect_ended(self, session: Session, number: int, device_id: str, outcome: Outcome) -> None:
        if isinstance(outcome, Connected):
            chats = self._clockwork.simulation.chats_of(session, device_id)
            self.channel.put("chats", device_id, [*chats])
        self._answer(number, outcome)

    def _report(self, device_id: str, link: int, said: LinkReport | Signal) -> None:
        self.channel.put("said", device_id, link, said)

    def _greet(self, version: object, driver: str, worker: str, key: str) -> None:
        if version != VERSION:
            self._refuse(f"it speaks version {VERSION}, the worker {version}: start both from one Mendline")
        elif driver not in (*KINDS, CONTROL):
            self._refuse(f"it has no driver {driver!r}, only {', '.join(KINDS)}")
        else:
            self._welcome(driver, worker, key)

    def _welcome(self, driver: str, worker: str, key: str) -> None:
        older = self._guests.get(key)
        if older is not None:
            older.leave("abandoned")
        self._key = key
        self._guests[key] = self
        self._session = self._clockwork.simulation.join(driver, worker, self._report)
        self.channel.put("welcome", VERSION)

    def _refuse(self, why: str) -> None:
        self.channel.put("refused", why)
        self.leave("abandoned")
