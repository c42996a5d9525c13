"""Sessions wait for their turn where too many others are being paired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mendline.command_line import whatsapp_pairing
from mendline.command_line.answers import Answer, Manner, Wish
from mendline.command_line.whatsapp_pairing import paired
from mendline.producer import Asked
from mendline.settings import Settings
from schemas.device.lifecycle import DevicePaired, DevicePairingStarted, DeviceRegistered
from schemas.device.requests import DeviceRegistrationRequested
from schemas.envelope import Position
from schemas.message import Event, RequestRefused
from schemas.story import Told
from tests.mendline.whatsapp.importing.conftest import FIRST

REGISTERED = [DeviceRegistered(driver="whatsapp", linked=True)]
PAIRED = [DevicePairingStarted(method="import", jid=FIRST), DevicePaired(jid=FIRST)]
BUSY = [RequestRefused(reason="busy", detail="ask again")]
EXISTS = [RequestRefused(reason="device_exists", detail="with other data")]
NO_ENVELOPE: Any = None


class Fleet:
    """Answers registrations alike, and each pairing by the next of these."""

    def __init__(self, registered: Sequence[Event], *pairings: Sequence[Event]) -> None:
        self._registered = registered
        self._pairings = list(pairings)

    def answers(self, settings: Settings, wishes: Sequence[Wish], manner: Manner) -> list[Answer]:
        """What becomes of each wish."""
        return [self._answer(wish) for wish in wishes]

    def _answer(self, wish: Wish) -> Answer:
        asks = isinstance(wish.request, DeviceRegistrationRequested)
        events = self._registered if asks else self._pairings.pop(0)
        told = [Told(place, NO_ENVELOPE, event) for place, event in enumerate(events)]
        return Answer(wish, Asked("r", wish.device_id, Position("t", 0, 0), 0), told)


@pytest.fixture
def problem(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pairs one session with such a fleet; why that failed, if it did."""

    def found(fleet: Fleet, timeout_s: float) -> str | None:
        monkeypatch.setattr(whatsapp_pairing, "answers_of", fleet.answers)
        monkeypatch.setattr(whatsapp_pairing, "AGAIN_S", 0.0)
        return paired(Settings(), {"d1": FIRST}, timeout_s, None)[FIRST]

    return found


def test_session_that_finds_too_many_others_is_asked_for_again(problem: Any) -> None:
    assert problem(Fleet(REGISTERED, BUSY, BUSY, PAIRED), 60) is None


def test_session_that_finds_too_many_others_for_too_long_is_told(problem: Any) -> None:
    assert "busy" in problem(Fleet(REGISTERED, BUSY), 0)


def test_device_that_is_there_is_paired(problem: Any) -> None:
    assert problem(Fleet(EXISTS, PAIRED), 60) is None


def test_device_that_cannot_be_registered_is_not_paired(problem: Any) -> None:
    assert "undecodable" in problem(Fleet([RequestRefused(reason="undecodable", detail="")]), 60)
