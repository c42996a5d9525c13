"""Pairings under way in a process: shown while they are ours, ended with the claim, and sessions ended in turn."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from schemas.device.outcomes import Accepted, Connected, LinkReport
from schemas.device.pairing import Paired, PairingFailed, QrShown, Signal
from streams.drivers.port import Close, Connect, Driver, Pair, Report, Unpair
from streams.ownership.effects import Begin
from streams.worker.desk import Desk, EffectDesk
from tests.streams.worker.test_desk import HeldDriver, send

PAIR = Pair("d1", 7, "qr")
IMPORT = Pair("d1", 7, "import", jid="j")
SHOWN = QrShown(text="x", until=datetime(2026, 3, 1, tzinfo=UTC))


class Teller(HeldDriver):
    """A driver that says what it is told to say."""

    def listen(self, report: Report) -> None:
        self.tell = report


class Stand:
    """A desk, its driver, and what was heard and shown."""

    def __init__(self) -> None:
        self.driver = Teller()
        self.heard: list[Any] = []
        self.shown: list[tuple[str, int, Signal]] = []
        desk = SimpleNamespace(ended=lambda *told: self.heard.append(told), reported=lambda *_: None)
        self.desk = EffectDesk({"held": cast(Driver, self.driver)}, lambda *_: None, lambda *s: self.shown.append(s))
        self.desk.sit(0, cast(Desk, desk))

    def start(self, effect: Any) -> None:
        self.desk.start(0, Begin("held", effect))

    def begun(self) -> list[Any]:
        return [effect for effect, _ in self.driver.begun]

    def answer(self, number: int, outcome: Any) -> None:
        self.driver.begun[number][1](outcome)

    def tell(self, pairing: int, said: LinkReport | Signal) -> None:
        self.driver.tell("d1", pairing, said)


def test_what_is_shown_is_handed_on_while_the_pairing_is_under_way() -> None:
    stand = Stand()
    stand.start(PAIR)
    stand.tell(7, SHOWN)
    stand.tell(6, SHOWN)
    stand.answer(0, PairingFailed(why="closed"))
    stand.tell(7, SHOWN)
    assert (stand.shown, stand.heard) == ([("d1", 7, SHOWN)], [(PAIR, PairingFailed(why="closed"))])


def test_nothing_is_shown_between_two_claims() -> None:
    stand = Stand()
    stand.start(PAIR)
    stand.desk.stand_up(0, gone=False)
    stand.tell(7, SHOWN)
    assert stand.shown == []


def test_a_pairing_ends_with_its_claim() -> None:
    stand = Stand()
    stand.start(PAIR)
    assert (stand.desk.linked(0), stand.desk.busy(0)) == (True, False)  # nobody waits for a phone
    stand.desk.cancel_connects(0)
    assert stand.begun() == [PAIR, Unpair("d1", 7)]


def test_a_session_that_was_made_after_its_claim_is_ended() -> None:
    stand = Stand()
    stand.start(PAIR)
    stand.desk.stand_up(0, gone=True)
    stand.answer(0, Paired(jid="j"))
    assert stand.begun() == [PAIR, Unpair("d1", 7)]
    assert not stand.desk.linked(0)


def test_what_is_imported_is_not_ended_with_its_claim() -> None:
    stand = Stand()
    stand.start(IMPORT)
    stand.desk.cancel_connects(0)
    stand.desk.stand_up(0, gone=True)
    stand.answer(0, Paired(jid="j"))
    assert stand.begun() == [IMPORT]


def test_a_session_is_ended_once_nothing_runs_over_it() -> None:
    stand = Stand()
    stand.start(Connect("d1", 1))
    stand.answer(0, Connected())
    stand.start(send("m"))
    stand.start(Unpair("d1", 7, "j"))
    stand.answer(1, Accepted())
    stand.start(Close("d1", 1))
    assert Unpair("d1", 7, "j") not in stand.begun()
    stand.answer(2, None)
    assert stand.begun()[3:] == [Unpair("d1", 7, "j")]
