"""A device is paired, and no two with one account: what is asked, what the phone says, who holds the account."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.device import lifecycle as life
from schemas.device import outcomes as o
from schemas.device.pairing import Paired, PairingFailed, PairOutcome
from schemas.device.requests import (
    DevicePairingRequested,
    DeviceRemovalRequested,
    DeviceUnpairingRequested,
    RefreshRequested,
)
from schemas.uniqueness.questions import Question, UniquenessAnswered, ValueReleaseRecorded, Verdict
from streams.device.facts import PairEnded
from streams.device.pairing import questions
from tests.streams.device.past import (
    asked_send,
    attempted,
    connected,
    down,
    failed,
    parked,
    queued,
    registered,
    removed,
    resumed,
    started,
    up,
)
from tests.streams.device.spec import DEVICE, HOME, NOW, Claim, Given, after, connect_ended, nothing, reported, rules

JID, ACCOUNT = "62811:3@s.example", "62811@s.example"
PAIR, UNPAIR = DevicePairingRequested(), DeviceUnpairingRequested()
NAMED = rules(value_of=lambda kind, text: f"{kind} {text}")
NEW = nothing.given(registered("paired"))
BEGUN = life.DevicePairingStarted(method="qr", until=after(180))
PAIRING = NEW.given(BEGUN)
"""Its number is 1: the offset of that event."""
CLAIMING = PAIRING.given(life.DevicePairingClaimStarted(jid=JID, value="v1", pairing=1))
IMPORT = DevicePairingRequested(method="import", jid=JID)
IMPORT_BEGUN = life.DevicePairingStarted(method="import", jid=JID, until=after(180))
IMPORTING = NEW.given(IMPORT_BEGUN)
IMPORT_CLAIMING = IMPORTING.given(life.DevicePairingClaimStarted(jid=JID, value="v1", pairing=1))
PAIRED = CLAIMING.given(life.DevicePaired(jid=JID, pairing=1))
GIVEN_UP = PAIRED.given(life.DeviceUnpaired(why="asked", pairing=1, jid=JID))


def pair_ended(outcome: PairOutcome, pairing: int = 1) -> PairEnded:
    return PairEnded(pairing, outcome)


def answer(verdict: Verdict, offset: int = 2, **more: Any) -> UniquenessAnswered:
    question = {"topic": "device-events", "partition": 0, "offset": offset, **more}
    return UniquenessAnswered(question=Question(**question), verdict=verdict)


def ended(why: str, jid: str | None = None) -> life.DevicePairingFailed:
    return life.DevicePairingFailed(why=why, pairing=1, jid=jid)


def unpaired(why: Any, jid: str | None = JID, pairing: int | None = 1) -> life.DeviceUnpaired:
    return life.DeviceUnpaired(why=why, pairing=pairing, jid=jid)


def asked_of_others(given: Given) -> list[tuple[str, str]]:
    """What the device asks of owners of values: the request's type, and the value."""
    device = given.book().device(DEVICE)
    return [(each.request.type, each.key) for each in questions(DEVICE, device, HOME)]


# asking


def test_a_pairing_begins_and_is_given_up_after_a_while() -> None:
    NEW.when(PAIR).then(BEGUN)


def test_a_code_is_typed_on_a_phone_that_is_named() -> None:
    asked = DevicePairingRequested(method="code", phone="+62811")
    NEW.when(asked).then(life.DevicePairingStarted(method="code", phone="+62811", until=after(180)))


@pytest.mark.parametrize("asked", [DevicePairingRequested(method="code"), DevicePairingRequested(phone="+62811")])
def test_a_phone_is_named_for_a_code_and_for_nothing_else(asked: DevicePairingRequested) -> None:
    NEW.when(asked).then_refused("invalid", "phone: to be given for method code")


def test_a_session_that_is_there_is_imported_by_its_name() -> None:
    NEW.when(IMPORT).then(IMPORT_BEGUN)


@pytest.mark.parametrize("asked", [DevicePairingRequested(method="import"), DevicePairingRequested(jid=JID)])
def test_a_session_is_named_for_an_import_and_for_nothing_else(asked: DevicePairingRequested) -> None:
    NEW.when(asked).then_refused("invalid", "jid: to be given for method import")


def test_importing_the_session_that_a_device_has_is_done_already() -> None:
    PAIRED.when(IMPORT).then_already_done("paired")


def test_another_session_is_not_put_in_the_place_of_the_one_that_a_device_has() -> None:
    other = DevicePairingRequested(method="import", jid="62999:1@s.example")
    PAIRED.when(other).then_refused("invalid", "another session", "unpair")


@pytest.mark.parametrize(
    ("given", "command", "why", "jid"),
    [
        (IMPORTING, UNPAIR, "cancelled", None),
        (IMPORTING, pair_ended(PairingFailed(why="unknown_jid")), "unknown_jid", None),
        (IMPORT_CLAIMING, answer("taken"), "taken", JID),
        (IMPORT_CLAIMING, answer("stale"), "stale", JID),
    ],
)
def test_an_import_that_comes_to_nothing_says_that_its_session_was_there_before(
    given: Given, command: Any, why: str, jid: str | None
) -> None:
    given.when(command).then(life.DevicePairingFailed(why=why, pairing=1, jid=jid, imported=True))


def test_a_second_pairing_is_refused_while_one_is_under_way() -> None:
    PAIRING.when(PAIR).then_refused("busy", "is being paired", "mendline device unpair")


def test_a_paired_device_is_paired_already() -> None:
    PAIRED.when(PAIR).then_already_done("paired")


def test_a_connected_device_is_paired_already_also_where_the_log_knows_no_session() -> None:
    NEW.given(*connected()).when(PAIR).then_already_done("paired")


def test_an_unhealthy_link_is_closed_for_a_pairing() -> None:
    NEW.given(*connected()).when(PAIR, healthy=False).then(BEGUN, down(1, "unhealthy"))


def test_a_pairing_without_budget_is_refused() -> None:
    NEW.when(PAIR, pairing_budget=False).then_refused("busy", "MENDLINE_PAIRINGS")


def test_a_pairing_ends_the_refresh_under_way() -> None:
    NEW.given(started()).when(PAIR).then(BEGUN, failed(1, "cancelled", "pairing"))


@pytest.mark.parametrize("by", ["device", "person"])
def test_a_parked_device_can_be_paired(by: str) -> None:
    NEW.given(parked(by=by)).when(PAIR).then(BEGUN)


# while it is under way


def test_a_send_waits_while_its_device_is_paired() -> None:
    (event,) = PAIRING.when(asked_send()).events()
    assert (event.type, event.reason) == ("send_queued", "unpaired")


def test_nothing_is_refreshed_while_a_device_is_paired() -> None:
    PAIRING.when(RefreshRequested()).then_refused("busy", "is being paired")


def test_a_waiting_send_of_a_device_that_is_paired_waits_for_the_end_of_it() -> None:
    PAIRING.given(queued(7)).next().then_waits(until=after(180))


def test_what_is_not_known_of_an_attempt_is_not_asked_for_while_its_device_is_paired() -> None:
    doubted = NEW.given(*connected(), queued(7), attempted(7), down(), Claim(), BEGUN)
    doubted.next().then_waits(until=after(180))


def test_a_pairing_whose_phone_does_not_answer_is_given_up() -> None:
    PAIRING.next(at=after(180)).then(ended("timeout"))


def test_a_claim_marker_ends_a_pairing_whose_phone_has_not_answered() -> None:
    PAIRING.given(Claim(same_process=True)).next().then(ended("owner_lost"))


def test_a_claim_marker_does_not_end_a_pairing_whose_phone_has_answered() -> None:
    CLAIMING.given(Claim(), Claim()).next(at=after(1000)).then_waits(until=None)


def test_a_second_claim_marker_finds_the_pairing_as_the_first_one_left_it() -> None:
    once = PAIRING.given(Claim())
    assert once.given(Claim()).book() == once.book()


# what the phone says


def test_a_phone_that_answers_lets_its_account_be_asked_for() -> None:
    (event,) = PAIRING.when(pair_ended(Paired(jid=JID, account=ACCOUNT)), rules=NAMED).events()
    assert event == life.DevicePairingClaimStarted(jid=JID, value=f"jid {ACCOUNT}", pairing=1)


def test_without_an_account_of_its_own_the_jid_is_what_one_device_may_have() -> None:
    (event,) = PAIRING.when(pair_ended(Paired(jid=JID)), rules=NAMED).events()
    assert event.value == f"jid {JID}"


def test_a_pairing_that_came_to_nothing_fails() -> None:
    PAIRING.when(pair_ended(PairingFailed(why="no such phone"))).then(ended("no such phone"))


@pytest.mark.parametrize("given", [NEW, CLAIMING, PAIRED], ids=["none", "answered", "over"])
def test_what_a_driver_says_of_a_pairing_that_is_not_waited_for_is_not_heard(given: Given) -> None:
    given.when(pair_ended(Paired(jid=JID)), rules=NAMED).then()


def test_what_a_driver_says_of_another_pairing_is_not_heard() -> None:
    PAIRING.when(pair_ended(PairingFailed(why="closed"), pairing=0)).then()


# whose the account is


def test_the_open_question_is_asked_of_the_account_s_owner() -> None:
    assert asked_of_others(CLAIMING) == [("claim_requested", "v1")]


def test_a_device_whose_account_is_its_own_is_paired() -> None:
    CLAIMING.when(answer("claimed")).then(life.DevicePaired(jid=JID, pairing=1))
    assert asked_of_others(PAIRED) == []
    assert PAIRED.book().device(DEVICE).jid == JID


def test_a_paired_device_goes_on_where_it_had_stopped_by_itself() -> None:
    stopped = NEW.given(BEGUN, life.DevicePairingClaimStarted(jid=JID, value="v1", pairing=1))
    stopped = stopped.given(parked("needs_pairing", "device"))
    stopped.when(answer("claimed")).then(life.DevicePaired(jid=JID, pairing=1), resumed("paired"))


def test_a_paired_device_stays_parked_where_a_person_parked_it() -> None:
    CLAIMING.given(parked()).when(answer("claimed")).then(life.DevicePaired(jid=JID, pairing=1))


@pytest.mark.parametrize("verdict", ["taken", "stale"])
def test_an_account_of_another_device_is_not_paired_and_what_was_asked_is_given_up(verdict: Verdict) -> None:
    CLAIMING.when(answer(verdict)).then(ended(verdict, JID))
    assert asked_of_others(CLAIMING.given(ended(verdict, JID))) == [("release_requested", "v1")]


@pytest.mark.parametrize(
    "heard",
    [answer("claimed", offset=1), answer("taken", partition=1), answer("claimed", topic="client-events")],
    ids=["another question", "another partition", "another stream"],
)
def test_an_answer_to_another_question_is_not_heard(heard: UniquenessAnswered) -> None:
    CLAIMING.when(heard).then_already_done("no open question")


@pytest.mark.parametrize("verdict", ["claimed", "taken", "stale", "released"])
def test_an_answer_that_comes_again_is_not_heard(verdict: Verdict) -> None:
    PAIRED.when(answer(verdict)).then_already_done("no open question")


def test_what_is_given_up_is_asked_until_it_is_confirmed() -> None:
    assert asked_of_others(GIVEN_UP) == [("release_requested", "v1")]
    released = ValueReleaseRecorded(question=Question(topic="device-events", partition=0, offset=2))
    GIVEN_UP.when(answer("released")).then(released)
    assert asked_of_others(GIVEN_UP.given(released)) == []


def test_what_a_removed_device_gives_up_is_confirmed_too() -> None:
    gone = PAIRED.given(removed(), unpaired("removed"))
    assert [event.type for event in gone.when(answer("released")).events()] == ["value_release_recorded"]


def test_a_device_that_is_registered_anew_still_gives_up_what_it_had() -> None:
    again = PAIRED.given(removed(), unpaired("removed"), registered("paired"))
    assert asked_of_others(again) == [("release_requested", "v1")]


def test_a_second_session_gives_up_the_account_of_the_first() -> None:
    """No owner decides that; a fold has to make something of it."""
    twice = PAIRED.given(BEGUN, life.DevicePairingClaimStarted(jid=JID, value="v2", pairing=4))
    assert asked_of_others(twice.given(life.DevicePaired(jid=JID, pairing=4))) == [("release_requested", "v1")]


@pytest.mark.parametrize(
    "event",
    [
        life.DevicePairingClaimStarted(jid=JID, value="v1"),
        life.DevicePairingFailed(why="timeout"),
        life.DeviceUnpaired(why="asked"),
        ValueReleaseRecorded(question=Question(topic="t", partition=0, offset=1)),
    ],
    ids=lambda event: event.type,
)
def test_an_event_about_a_pairing_that_is_not_known_changes_nothing(event: life.LifecycleEvent) -> None:
    assert NEW.given(event).book().device(DEVICE) == NEW.book().device(DEVICE)


# how it ends


def test_unpairing_ends_the_session_and_parks() -> None:
    PAIRED.when(UNPAIR).then(unpaired("asked"), parked("needs_pairing", "device"))


def test_unpairing_ends_a_session_that_the_log_does_not_know() -> None:
    expected = unpaired("asked", None, None), failed(1, "cancelled", "unpaired"), parked("needs_pairing", "device")
    NEW.given(started()).when(UNPAIR).then(*expected)


def test_unpairing_leaves_a_person_s_park_as_it_is() -> None:
    PAIRED.given(parked()).when(UNPAIR).then(unpaired("asked"))


def test_unpairing_ends_a_pairing_under_way() -> None:
    PAIRING.when(UNPAIR).then(ended("cancelled"))
    CLAIMING.when(UNPAIR).then(ended("cancelled", JID))


def test_an_unpaired_device_is_unpaired_already() -> None:
    GIVEN_UP.given(parked("needs_pairing", "device")).when(UNPAIR).then_already_done("unpaired")


def test_the_link_of_an_unpaired_device_is_closed() -> None:
    linked = PAIRED.given(started(), up(1), unpaired("asked"), parked("needs_pairing", "device"))
    linked.next().then(down(1, "unpaired"))


def test_a_session_that_the_platform_ended_gives_its_account_up() -> None:
    lost = PAIRED.given(started()).when(connect_ended(o.NeedsPairing()))
    lost.then(failed(1, "needs_pairing", "needs_pairing"), parked("needs_pairing", "device"), unpaired("logged_out"))


def test_a_link_that_ends_with_its_session_gives_the_account_up() -> None:
    lost = PAIRED.given(*connected()).when(reported(o.NeedsPairing()))
    lost.then(down(1, "logged_out"), parked("needs_pairing", "device"), unpaired("logged_out"))


def test_a_session_that_another_program_took_is_still_the_device_s() -> None:
    events = PAIRED.given(*connected()).when(reported(o.ReplacedElsewhere())).types()
    assert events == ["device_disconnected", "device_parked"]


def test_a_removed_device_is_unpaired() -> None:
    PAIRED.when(DeviceRemovalRequested()).then(removed(), unpaired("removed"))


def test_the_pairing_of_a_removed_device_is_over() -> None:
    CLAIMING.when(DeviceRemovalRequested()).then(removed(), ended("removed", JID))


def test_pairings_of_an_unknown_time_have_no_end_of_their_own() -> None:
    NEW.given(life.DevicePairingStarted(method="qr")).next(at=NOW).then_waits(until=None)
