"""Devices come, change, park, go on and go."""

from __future__ import annotations

import pytest

from schemas.device import lifecycle as life
from schemas.device import outcomes as o
from schemas.device.requests import (
    DeliveryReported,
    DeviceChangeRequested,
    DevicePairingRequested,
    DeviceParkRequested,
    DeviceRegistrationRequested,
    DeviceRemovalRequested,
    DeviceRequest,
    DeviceResumeRequested,
    DeviceUnpairingRequested,
    RefreshRequested,
    SendCancellationRequested,
    SendResolutionRequested,
)
from schemas.edition import edition_of
from schemas.uniqueness.questions import Question, UniquenessAnswered
from tests.streams.device.past import (
    TOMORROW,
    accepted,
    asked_send,
    attempted,
    cancelled,
    connected,
    deferred,
    down,
    failed,
    in_line,
    parked,
    queued,
    reconciling,
    registered,
    removed,
    resumed,
    returned,
    started,
    tried_at_once,
    uncertain,
    up,
)
from tests.streams.device.spec import EARLIER, NOW, Claim, after, ended, nothing, rules

NEW = nothing.given(registered())
READY = NEW.given(*connected())
TRYING = READY.given(tried_at_once(1), queued(2))
REGISTER = DeviceRegistrationRequested(driver="linked")
REMOVE = DeviceRemovalRequested()
PARK = DeviceParkRequested()
RESUME = DeviceResumeRequested()


# registration


def test_a_device_is_registered_as_its_driver_makes_it() -> None:
    asked = DeviceRegistrationRequested(driver="platform", name="shop", credential="c", pace_min_s=1, pace_max_s=2)
    nothing.when(asked).then(registered("platform", name="shop", credential="c", pace_min_s=1, pace_max_s=2))


def test_registering_the_same_again_is_done_already() -> None:
    NEW.when(REGISTER).then_already_done("registered")


def test_registering_another_under_the_same_id_is_refused() -> None:
    asked = DeviceRegistrationRequested(driver="linked", name="other")
    NEW.when(asked).then_refused("device_exists", "use a new id")


def test_an_unknown_driver_is_refused_with_those_there_are() -> None:
    nothing.when(DeviceRegistrationRequested(driver="fax")).then_refused("invalid", "'fax'", "linked, paired, platform")


def test_a_pause_has_a_shorter_end_and_a_longer_one() -> None:
    asked = DeviceRegistrationRequested(driver="linked", pace_min_s=3, pace_max_s=2)
    nothing.when(asked).then_refused("invalid", "pace_min_s: 3 is above pace_max_s, 2")


def test_a_removed_device_may_come_back() -> None:
    gone = NEW.given(removed())
    gone.when(REGISTER).then(registered())


@pytest.mark.parametrize("given", [TRYING, READY, READY.given(queued(1))], ids=["trying", "linked", "waiting"])
def test_a_removed_device_that_is_still_ending_may_not_come_back_yet(given: object) -> None:
    given.given(removed()).when(REGISTER).then_refused("busy", "still ending")  # type: ignore[attr-defined]  # a Given


def test_a_device_that_comes_back_starts_afresh() -> None:
    old = READY.given(tried_at_once(1), accepted(1, pace_until=TOMORROW), parked(), removed(), down(1, "removed"))
    assert old.given(registered("platform")).when(asked_send()).types() == ["send_attempted"]


# change


def test_what_is_not_given_stays() -> None:
    named = nothing.given(registered(name="shop", credential="c", pace_max_s=2))
    changed = life.DeviceChanged(name="store", credential="c", pace_min_s=0, pace_max_s=2)
    named.when(DeviceChangeRequested(name="store")).then(changed)
    named.given(changed).when(DeviceChangeRequested(name="store")).then_already_done("unchanged")


def test_everything_may_change() -> None:
    asked = DeviceChangeRequested(name="a", credential="c", pace_min_s=1, pace_max_s=2)
    NEW.when(asked).then(life.DeviceChanged(name="a", credential="c", pace_min_s=1, pace_max_s=2))


def test_an_edit_of_what_the_editor_did_not_see_is_refused() -> None:
    seen = {"driver": "linked", "name": "", "credential": None, "pace_min_s": 0.0, "pace_max_s": 2.0}
    edit = DeviceChangeRequested(name="store", edition=edition_of(seen))
    shop = nothing.given(registered(pace_max_s=2))
    changed = life.DeviceChanged(name="store", credential=None, pace_min_s=0, pace_max_s=2)
    shop.when(edit).then(changed)
    shop.given(changed).when(edit).then_refused("edited", "read it again")
    shop.given(changed).when(DeviceRemovalRequested(edition=edition_of(seen))).then_refused("edited", "read it again")
    assert shop.when(DeviceRemovalRequested(edition=edition_of(seen))).types() == ["device_removed"]


def test_a_change_keeps_the_pause_right() -> None:
    NEW.when(DeviceChangeRequested(pace_min_s=1)).then_refused("invalid", "pace_min_s")


def test_a_change_counts_from_the_next_send_on() -> None:
    changed = life.DeviceChanged(name="", pace_min_s=2, pace_max_s=2)
    TRYING.given(changed).when(ended("r1", o.Accepted())).then(accepted(1, pace_until=after(2)))


# park and resume


def test_a_parked_device_closes_its_link_and_keeps_its_sends() -> None:
    READY.when(PARK).then(parked())
    READY.given(queued(1), parked()).next().then(down(1, "parked"))
    READY.given(queued(1), parked(), down(1, "parked")).next().then_waits(until=TOMORROW)


def test_parking_waits_for_the_attempt_that_runs() -> None:
    TRYING.given(parked()).next().then_waits(until=TOMORROW)
    TRYING.given(parked(), accepted(1)).next().then(down(1, "parked"))


@pytest.mark.parametrize("refresh", [started(1), in_line(1)])
def test_parking_cancels_the_refresh_under_way(refresh: object) -> None:
    NEW.given(refresh).when(PARK).then(parked(), failed(1, "cancelled", "parked"))  # type: ignore[arg-type]  # an event


def test_parking_the_same_way_again_is_done_already() -> None:
    asked = DeviceParkRequested(reason="holiday", until=TOMORROW)
    NEW.given(parked("holiday", "person", TOMORROW)).when(asked).then_already_done("parked")


def test_a_person_s_park_replaces_a_device_s() -> None:
    NEW.given(parked("banned", "device", TOMORROW)).when(PARK).then(parked())
    asked = DeviceParkRequested(reason="banned", until=TOMORROW)
    NEW.given(parked("banned", "device", TOMORROW)).when(asked).then(parked("banned", "person", TOMORROW))


def test_a_park_ends_later_than_now() -> None:
    NEW.when(DeviceParkRequested(until=NOW)).then_refused("invalid", "until")


def test_a_resumed_device_mends_for_its_sends_at_once() -> None:
    NEW.given(parked()).when(RESUME).then(resumed())
    NEW.given(failed(1, retry_at=TOMORROW), parked(), queued(1), resumed()).next().then(started(1))


def test_resuming_a_device_that_is_not_parked_is_done_already() -> None:
    NEW.when(RESUME).then_already_done("not parked")


def test_a_park_with_an_end_ends_by_itself() -> None:
    given = NEW.given(parked(until=after(5)), queued(1))
    given.next().then_waits(until=after(5))
    given.next(at=after(5)).then(resumed("until_passed"))


def test_a_park_without_an_end_lasts_while_sends_expire() -> None:
    given = NEW.given(parked(), queued(1, expires_at=after(5)))
    assert given.next(at=after(5)).types() == ["send_expired"]


# removal


def test_a_removal_states_the_whole_and_the_rest_follows() -> None:
    gone = READY.given(queued(1), queued(2))
    gone.when(REMOVE).then(removed(2))
    gone.given(removed(2)).next().then(cancelled(1, "device_removed"), cancelled(2, "device_removed"))
    done = gone.given(removed(2), cancelled(1, "device_removed"), cancelled(2, "device_removed"))
    done.next().then(down(1, "removed"))
    done.given(down(1, "removed")).next().then_waits(until=None)


def test_a_removal_counts_the_send_that_is_held() -> None:
    held = READY.given(tried_at_once(1), deferred(1, after(60)), queued(2))
    held.when(REMOVE).then(removed(2))
    held.given(removed(2)).next().then(cancelled(1, "device_removed"), cancelled(2, "device_removed"))


def test_a_removal_cancels_in_decisions_of_limited_size() -> None:
    many = READY.given(tried_at_once(1), returned(1), *(queued(n) for n in range(2, 9)), removed(8))
    assert many.next(rules=rules(decision_events=3)).types() == ["send_cancelled"] * 3


def test_a_removal_cancels_the_refresh_under_way() -> None:
    NEW.given(started(1)).when(REMOVE).then(removed(0), failed(1, "cancelled", "removed"))


def test_a_removal_awaits_the_attempt_that_runs_and_cancels_the_rest() -> None:
    gone = TRYING.given(removed(1))
    gone.next().then(cancelled(2, "device_removed"))
    rest = gone.given(cancelled(2, "device_removed"))
    rest.next().then_waits(until=None)
    rest.when(ended("r1", o.Accepted())).then(accepted(1))
    rest.given(accepted(1)).next().then(down(1, "removed"))


def test_a_send_that_comes_back_to_a_removed_device_is_cancelled() -> None:
    TRYING.given(removed(1), cancelled(2, "device_removed"), returned(1)).next().then(cancelled(1, "device_removed"))


def test_a_removed_device_finds_nothing_out() -> None:
    gone = nothing.given(registered("asked"), *connected(), tried_at_once(1), removed())
    gone.when(ended("r1", o.Uncertain(reason="timeout"))).then(uncertain(1))


def test_a_removal_awaits_the_ask_that_runs() -> None:
    asking = nothing.given(registered("asked"), *connected(), tried_at_once(1), reconciling(1), removed())
    asking.next(running=True).then_waits(until=None)
    asking.next().then(uncertain(1, "device_removed"))


def test_a_removal_awaits_a_former_owner_s_word() -> None:
    orphan = READY.given(tried_at_once(1), removed(), Claim())
    orphan.next(orphans_wait_until=after(5)).then_waits(until=after(5))
    orphan.next(orphans_wait_until=EARLIER).then(uncertain(1, "device_removed"))


def test_an_attempt_adopted_by_a_new_claim_is_awaited() -> None:
    orphan = READY.given(tried_at_once(1), removed(), Claim())
    orphan.next(running=True).then_waits(until=None)


def test_removing_a_removed_device_is_done_already() -> None:
    NEW.given(removed()).when(REMOVE).then_already_done("removed")


def test_an_unknown_device_cannot_be_removed() -> None:
    nothing.when(REMOVE).then_refused("unknown_device", "is not registered")


@pytest.mark.parametrize(
    "asked",
    [
        asked_send(),
        RefreshRequested(),
        PARK,
        RESUME,
        DeviceChangeRequested(),
        SendCancellationRequested(campaign="spring"),
        SendResolutionRequested(request_id="r1", resolution="sent"),
        DeliveryReported(status="read", message_id="0" * 32),
        DevicePairingRequested(),
    ],
    ids=lambda asked: asked.type,
)
def test_a_removed_device_refuses_everything_else(asked: DeviceRequest) -> None:
    NEW.given(removed()).when(asked).then_refused("unknown_device", "was removed", "register it first")


# and the rest


@pytest.mark.parametrize("asked", [DevicePairingRequested(), DeviceUnpairingRequested()])
def test_a_driver_without_pairing_refuses_it(asked: DeviceRequest) -> None:
    NEW.when(asked).then_refused("not_supported", "'linked' knows no pairing")


def test_an_answer_that_nobody_asked_for_is_done_already() -> None:
    question = Question(topic="device-events", partition=0, offset=1)
    NEW.when(UniquenessAnswered(question=question, verdict="claimed")).then_already_done("no open question")


def test_a_kept_link_of_a_parked_device_is_closed() -> None:
    READY.given(parked(), Claim(same_process=True), up(1, "kept")).next().then(down(1, "parked"))


def test_a_device_that_is_resumed_during_its_attempt_goes_on_over_its_link() -> None:
    TRYING.given(parked(), resumed(), accepted(1)).next().then(attempted(2))
