"""The owner of devices pairs them: intents, units, questions that are asked until they are answered."""

from __future__ import annotations

from typing import Any

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.pairing import Paired, PairingFailed
from schemas.envelope import Context
from schemas.uniqueness.questions import Question, UniquenessAnswered, Verdict
from streams.drivers.port import Connect, Pair, Unpair
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin
from streams.ownership.owner import Owner
from tests.streams.ownership.stage import HI, Stage, stage

JID = "62811@s.example"
PAIR = r.DevicePairingRequested()
IMPORT = r.DevicePairingRequested(method="import", jid=JID)


def pairing(request: r.DevicePairingRequested = PAIR, **more: Any) -> Stage:
    """A stage whose d1 is being paired: `device_pairing_started` lies at offset 2."""
    found = stage("paired", **more)
    found.ask("d1", request, context=Context(actor="ana"))
    found.append()
    return found


def claiming(request: r.DevicePairingRequested = PAIR, **more: Any) -> Stage:
    """A stage whose d1 asks for its account, by the event at offset 3."""
    found = pairing(request, **more)
    found.answer(found.pairings()[0], Paired(jid=JID))
    found.append()
    return found


def answered(found: Stage, verdict: Verdict, offset: int = 3) -> None:
    question = Question(topic="device-events", partition=0, offset=offset)
    found.ask("d1", UniquenessAnswered(question=question, verdict=verdict))
    found.append()


def asked(found: Stage) -> list[tuple[str, int]]:
    return [(each.request.type, each.request.question.offset) for each in found.put]  # type: ignore[attr-defined]


def test_nothing_is_shown_before_the_log_has_the_intent() -> None:
    found = stage("paired")
    found.ask("d1", PAIR)
    assert found.running == []
    assert [begin.effect for begin in found.append()] == [Pair("d1", 2, "qr")]


def test_nobody_is_asked_before_the_log_has_the_question() -> None:
    found = pairing()
    found.answer(found.pairings()[0], Paired(jid=JID))
    found.wait(10)
    assert found.owner.loose == found.put == []


def test_a_question_is_asked_at_once_and_then_again_until_it_is_answered() -> None:
    found = claiming()
    found.wait(8)
    found.append()
    assert asked(found) == [("claim_requested", 3)] * 4  # at 0, 1, 3, 7 s
    answered(found, "claimed")
    found.wait(600)
    found.append()
    assert len(found.put) == 4


def test_a_new_owner_asks_what_is_open_at_once() -> None:
    found = claiming()
    found.put.clear()
    found.claim(another_process=True)
    found.append()
    assert asked(found) == [("claim_requested", 3)]


def test_an_owner_that_leaves_asks_nothing_more() -> None:
    found = claiming()
    found.put.clear()
    found.owner.leave()
    found.wait(100)
    found.append()
    assert found.put == []


def test_a_taken_account_is_given_up_and_its_new_session_ended() -> None:
    found = claiming()
    found.put.clear()
    answered(found, "taken")
    assert asked(found) == [("release_requested", 3)]
    assert found.unpaired == [Unpair("d1", 2, JID)]


def test_whoever_asked_for_the_pairing_stands_in_all_that_came_of_it() -> None:
    found = claiming()
    about = [e for e in found.told() if e.type.startswith("device_pairing")]
    assert [e.context.actor for e in about] == ["ana", "ana"]
    assert found.put[0].context.actor == "ana"


def test_a_paired_device_connects_with_its_session() -> None:
    found = claiming()
    answered(found, "claimed")
    found.ask("d1", HI)
    assert [begin.effect for begin in found.append()] == [Connect("d1", 1, JID)]


def test_a_pairing_that_another_owner_began_is_over_and_what_came_of_it_ended() -> None:
    found = pairing()
    found.claim(another_process=True)
    found.append()
    assert found.types("d1")[-1] == "device_pairing_failed"
    assert found.unpaired == [Unpair("d1", 2)]


def test_a_session_that_nobody_waits_for_is_ended() -> None:
    found = pairing()
    (begin,) = found.pairings()
    found.ask("d1", r.DeviceUnpairingRequested())
    found.owner.ended(begin.effect, Paired(jid=JID), found.at)
    assert found.owner.loose == [Begin("paired", Unpair("d1", 2, JID))]


def test_an_import_names_the_session_that_is_asked_for() -> None:
    assert [begin.effect for begin in pairing(IMPORT).pairings()] == [Pair("d1", 2, "import", jid=JID)]


def test_an_imported_session_whose_account_is_taken_is_left_alone() -> None:
    found = claiming(IMPORT)
    answered(found, "taken")
    assert (found.types("d1")[-1], found.unpaired) == ("device_pairing_failed", [])


def test_an_import_that_another_owner_began_is_over_and_its_session_left_alone() -> None:
    found = pairing(IMPORT)
    found.claim(another_process=True)
    found.append()
    assert (found.types("d1")[-1], found.unpaired) == ("device_pairing_failed", [])


def test_an_import_that_takes_too_long_leaves_its_session_alone() -> None:
    found = pairing(IMPORT)
    found.wait(181)
    found.append()
    assert (found.told()[-1].data["why"], found.unpaired) == ("timeout", [])


def test_an_imported_session_that_nobody_waits_for_is_left_alone() -> None:
    found = pairing(IMPORT)
    (begin,) = found.pairings()
    found.ask("d1", r.DeviceUnpairingRequested())
    found.owner.ended(begin.effect, Paired(jid=JID), found.at)
    found.append()
    assert (found.owner.loose, found.unpaired) == ([], [])


def test_an_imported_session_ends_when_somebody_unpairs_its_device() -> None:
    found = claiming(IMPORT)
    answered(found, "claimed")
    found.ask("d1", r.DeviceUnpairingRequested())
    found.append()
    assert found.unpaired == [Unpair("d1", 2, JID)]


def test_a_pairing_that_was_never_begun_fails() -> None:
    found = pairing()
    found.answer(found.pairings()[0], o.NotStarted())
    found.append()
    assert found.told()[-1].data["why"] == "not_started"


def test_a_pairing_that_no_phone_answers_is_over_in_time() -> None:
    found = pairing()
    found.wait(181)
    found.append()
    assert found.told()[-1].data["why"] == "timeout"


def test_only_so_many_devices_are_paired_at_once() -> None:
    found = pairing(budgets=Budgets(pairings=1))
    found.ask("d2", r.DeviceRegistrationRequested(driver="paired"))
    found.ask("d2", PAIR)
    found.answer(found.pairings()[0], PairingFailed(why="closed"))
    found.ask("d2", PAIR)
    found.append()
    assert found.types("d2") == ["device_registered", "request_refused", "device_pairing_started"]


def test_a_pairing_holds_its_unit_until_its_phone_answers() -> None:
    budgets = Budgets(pairings=1)
    found = pairing(budgets=budgets)
    assert budgets.pairings.used == 1
    found.answer(found.pairings()[0], Paired(jid=JID))
    assert budgets.pairings.used == 0


def test_an_owner_that_is_closed_gives_its_units_back() -> None:
    budgets = Budgets(pairings=1)
    pairing(budgets=budgets).owner.close()
    assert budgets.pairings.used == 0


def test_a_snapshot_holds_pairing_session_and_questions() -> None:
    found = claiming()
    assert found.refolded(len(found.events)) == found.saved(len(found.events))
    answered(found, "claimed")
    found.ask("d1", r.DeviceUnpairingRequested())
    found.append()
    owner: Owner = found.claim(saved_at=1.0)
    assert owner.book == found.folded().book
    assert owner.questions.of("d1") != []
