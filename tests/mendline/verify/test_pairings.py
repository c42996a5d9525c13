"""Pairings of a damaged log are found."""

from __future__ import annotations

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, ready

JID = "62811@s.example"


def started(scribe: Scribe) -> int:
    """A device whose pairing is open; its number."""
    return scribe.tell("device_pairing_started", {"method": "qr", "phone": None, "until": None})


def answered(scribe: Scribe, pairing: int) -> None:
    scribe.tell("device_pairing_claim_started", {"jid": JID, "value": "0" * 64, "pairing": pairing})


def paired(scribe: Scribe, pairing: int) -> None:
    scribe.tell("device_paired", {"jid": JID, "pairing": pairing})


def failed(scribe: Scribe, pairing: int) -> None:
    scribe.tell("device_pairing_failed", {"why": "timeout", "pairing": pairing, "jid": None})


def unpaired(scribe: Scribe, pairing: int | None) -> None:
    scribe.tell("device_unpaired", {"why": "asked", "pairing": pairing, "jid": JID})


def test_a_device_that_is_paired_unpaired_and_paired_again_is_as_it_should_be() -> None:
    scribe = ready()
    failed(scribe, started(scribe))
    for _ in range(2):
        answered(scribe, number := started(scribe))
        paired(scribe, number)
        unpaired(scribe, number)
    unpaired(scribe, None)
    assert scribe.broken() == set()


def test_a_pairing_beside_another_is_found() -> None:
    scribe = ready()
    started(scribe)
    started(scribe)
    assert scribe.broken() == {Rule.PAIRING_TWICE}


def test_a_pairing_of_a_device_that_has_a_session_is_found() -> None:
    scribe = ready()
    answered(scribe, number := started(scribe))
    paired(scribe, number)
    started(scribe)
    assert scribe.broken() == {Rule.PAIRING_TWICE}


def test_a_pairing_that_succeeds_before_its_account_was_asked_for_is_found() -> None:
    scribe = ready()
    paired(scribe, started(scribe))
    assert scribe.broken() == {Rule.PAIRING_NOT_OPEN}


def test_a_pairing_that_fails_twice_is_found() -> None:
    scribe = ready()
    failed(scribe, number := started(scribe))
    failed(scribe, number)
    assert scribe.broken() == {Rule.PAIRING_NOT_OPEN}


def test_a_phone_that_answers_twice_is_found() -> None:
    scribe = ready()
    answered(scribe, number := started(scribe))
    answered(scribe, number)
    assert scribe.broken() == {Rule.PAIRING_NOT_OPEN}


def test_the_end_of_a_session_that_does_not_live_is_found() -> None:
    scribe = ready()
    unpaired(scribe, 7)
    assert scribe.broken() == {Rule.PAIRING_NOT_OPEN}


def test_a_pairing_of_a_removed_device_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.remove()
    started(scribe)
    assert scribe.broken() == {Rule.DEVICE_ABSENT}
