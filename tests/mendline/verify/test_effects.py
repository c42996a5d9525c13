from __future__ import annotations

import pytest

from mendline.verify.check import check
from mendline.verify.limits import Limits
from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import message_id_of, ready


def test_message_that_left_without_an_intent_is_found() -> None:
    scribe = ready()
    scribe.see("sent", scribe.queue(), 1)
    assert scribe.broken_by_effects() == {Rule.EFFECT_UNINTENDED}


def test_message_that_left_by_an_intent_that_does_not_count_is_found() -> None:
    scribe = ready()
    request = scribe.queue()
    scribe.see("sent", request, 1)
    data = {"attempt": 1, "message_id": message_id_of(request), "link": 1, "known_chat": None, "send": None}
    scribe.tell("send_attempted", scribe.of(request) | data, claim="f" * 16)
    assert scribe.broken_by_effects() == {Rule.EFFECT_UNINTENDED}


def test_message_of_a_device_that_the_log_does_not_know_is_found() -> None:
    scribe = ready()
    scribe.see("sent", 1, 1, device_id="stranger")
    assert scribe.broken_by_effects() == {Rule.EFFECT_UNINTENDED}


def test_ask_without_an_intent_is_found() -> None:
    scribe = ready()
    scribe.see("asked_found", scribe.send(), 1)
    assert scribe.broken_by_effects() == {Rule.EFFECT_UNINTENDED}


def test_attempt_that_reached_the_device_twice_is_found() -> None:
    scribe = ready()
    scribe.see("lost", scribe.send(), 1)
    assert scribe.broken_by_effects() == {Rule.EFFECT_TWICE}


def test_message_that_left_twice_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("returned", request)
    scribe.attempt(request, 2)
    scribe.see("sent", request, 2)
    assert scribe.broken_by_effects() == {Rule.EFFECT_TWICE}


def test_message_that_a_person_sends_again_may_leave_twice() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.resolve(request, "send_again")
    scribe.attempt(request, 2)
    scribe.see("sent", request, 2)
    assert scribe.broken_by_effects() == set()


def test_accepted_message_that_never_left_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.ledger.pop()
    scribe.accept(request)
    assert scribe.broken_by_effects() == {Rule.EFFECT_MISSING}


def test_devices_of_whatsapp_are_looked_for_in_the_stand_ins_ledger() -> None:
    scribe = ready(driver="whatsapp")
    request = scribe.send()
    scribe.ledger.pop()
    scribe.accept(request)
    assert scribe.broken_by_effects() == {Rule.EFFECT_MISSING}


def test_devices_of_other_drivers_are_not_looked_for_in_the_ledger() -> None:
    scribe = ready(driver="fonnte", linked=False)
    request = scribe.send()
    scribe.ledger.clear()
    scribe.accept(request)
    assert scribe.broken_by_effects() == set()


def test_message_that_left_though_the_log_denies_it_is_found() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("returned", request)
    assert scribe.broken_by_effects() == {Rule.EFFECT_DENIED}


def test_message_that_a_person_sends_again_may_have_left_before_it_is_known_to_be_rejected() -> None:
    scribe = ready()
    request = scribe.send()
    scribe.outcome("uncertain", request)
    scribe.resolve(request, "send_again")
    scribe.attempt(request, 2)
    scribe.outcome("uncertain", request, 2)
    scribe.resolve(request, "rejected", by="outcome", attempt=2)
    assert scribe.broken_by_effects() == set()


def test_uncertain_message_may_have_left_or_not() -> None:
    scribe = ready()
    scribe.outcome("uncertain", scribe.send())
    lost = scribe.send()
    scribe.ledger.pop()
    scribe.outcome("uncertain", lost)
    assert scribe.broken_by_effects() == set()


def test_messages_that_left_in_another_order_are_found() -> None:
    scribe = ready()
    scribe.accept(scribe.send())
    scribe.accept(scribe.send())
    scribe.ledger[-2:] = scribe.ledger[:-3:-1]
    assert scribe.broken_by_effects() == {Rule.EFFECT_ORDER}


def test_message_of_a_stopped_process_may_leave_late() -> None:
    scribe = ready()
    scribe.accept(scribe.send())
    scribe.accept(scribe.send())
    late = scribe.ledger[-2]._replace(worker="stopped")
    scribe.ledger[-2:] = [scribe.ledger[-1], late]
    assert scribe.broken_by_effects(stops=True) == set()


def test_link_that_no_refresh_started_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.see("connecting", link=9)
    assert scribe.broken_by_effects() == {Rule.CONNECT_UNINTENDED}


def test_link_that_was_made_twice_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.see("connecting", link=1)
    assert scribe.broken_by_effects() == {Rule.CONNECT_TWICE}


def test_links_that_live_at_the_same_time_are_found() -> None:
    scribe = ready()
    scribe.claim()
    scribe.connect()
    assert scribe.broken_by_effects() == {Rule.LINKS_OVERLAP}


def test_link_of_a_stopped_process_is_counted_only() -> None:
    scribe = ready()
    scribe.claim("two")
    scribe.start_refresh()
    scribe.ledger[-1] = scribe.ledger[-1]._replace(worker="two", session=2)
    report = check(scribe.history(), scribe.ledger, Limits(stops=True))
    ledger = report.figures["ledger"]
    assert (report.ok, isinstance(ledger, dict) and ledger["overlaps"]) == (True, 1)


def accepted_by(driver: str, ledger_of: str | None) -> set[Rule]:
    """What is found of a send that a device of the driver accepted, in a ledger with entries of another one."""
    scribe = ready(driver=driver)
    scribe.accept(scribe.send())
    scribe.ledger.clear()
    entries = () if ledger_of is None else ("connecting", "connected")
    for what in entries:
        scribe.see(what, driver=ledger_of, link=1)
    return scribe.broken_by_effects()


def test_real_device_is_not_held_against_a_simulated_fleets_ledger() -> None:
    assert accepted_by("whatsapp", ledger_of="simulated-repeatable") == set()


def test_simulated_device_is_not_held_against_the_stand_ins_ledger() -> None:
    assert accepted_by("simulated", ledger_of="whatsapp") == set()


@pytest.mark.parametrize(("driver", "ledger_of"), [("whatsapp", "whatsapp"), ("simulated", "simulated-platform")])
def test_what_was_accepted_and_is_missing_in_the_ledger_of_its_fleet_is_found(driver: str, ledger_of: str) -> None:
    assert accepted_by(driver, ledger_of) == {Rule.EFFECT_MISSING}


@pytest.mark.parametrize("driver", ["whatsapp", "simulated"])
def test_an_empty_ledger_misses_what_was_accepted(driver: str) -> None:
    assert accepted_by(driver, ledger_of=None) == {Rule.EFFECT_MISSING}
