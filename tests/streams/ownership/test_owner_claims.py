"""The owner takes up what an earlier claim left, and leaves what the next one can take up."""

from __future__ import annotations

import pytest

from schemas.catalogue import UnknownTypeError
from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.envelope import EventEnvelope, decode_event
from schemas.fence import Verdict
from streams.drivers.port import Ask, Close, Send
from streams.ownership.budgets import Budgets
from tests.streams.ownership.stage import HI, sending, stage


def test_a_new_owner_goes_on_after_the_last_request_that_was_decided() -> None:
    on, _ = sending()
    assert on.claim().next_request == 2


def test_another_process_waits_for_word_of_an_open_attempt_and_then_asks() -> None:
    on, _ = sending()
    on.claim(another_process=True, wait_s=3)
    assert on.append() == []
    on.wait(3)
    (connect,) = on.append()
    on.answer(connect, o.Connected())
    (ask,) = on.append()
    assert isinstance(ask.effect, Ask)


def test_an_attempt_whose_effect_runs_here_goes_on() -> None:
    on, send = sending()
    on.claim()
    on.append()
    assert on.told()[-1].type == "device_connected"
    on.answer(send, o.Accepted())
    on.append()
    assert on.told()[-1].type == "send_accepted"
    assert on.budgets.sends.used == 0


def test_an_attempt_that_this_process_never_began_comes_back() -> None:
    on = stage("platform")
    on.ask("d1", HI)
    on.append_unknown(9)
    on.claim()
    on.append()
    assert on.types("d1")[-2:] == ["send_returned", "send_attempted"]
    assert decode_event(on.events[-2].value).data["reason"] == "not_started"


def test_another_process_cannot_know_that_an_attempt_never_began() -> None:
    on = stage("platform")
    on.ask("d1", HI)
    on.append_unknown(9)
    on.claim(another_process=True)
    on.append()
    assert on.types("d1")[-1] == "send_reconciling"


def test_links_that_are_up_here_are_kept() -> None:
    on, _ = sending()
    on.claim()
    on.append()
    assert (on.types("d1")[-1], on.living) == ("device_connected", {"d1": 1})
    assert on.budgets.links.used == 1


def test_links_are_kept_over_claims_that_came_to_nothing() -> None:
    on, _ = sending()
    on.claim()
    on.claim()
    on.append()
    assert on.living == {"d1": 1}


def test_a_link_is_not_kept_over_the_claim_of_a_namesake() -> None:
    on, _ = sending()
    living = dict(on.living)
    on.claim(another_process=True)
    on.process, on.living = 1, living
    on.claim()
    on.append()
    assert on.closed == [Close("d1", 1)]


def test_links_that_are_not_known_any_more_are_closed() -> None:
    on, _ = sending()
    on.living = {"d1": 7, "d9": 1}
    on.claim()
    on.append()
    assert on.closed == [Close("d1", 7), Close("d9", 1)]


def test_a_release_ends_links_for_good() -> None:
    on, begin = sending()
    on.answer(begin, o.Accepted())
    on.owner.leave()
    on.owner.release(on.at)
    on.append()
    assert on.told()[-1].type == "partition_released"
    on.claim()
    on.append()
    assert on.closed == [Close("d1", 1)]


def test_a_connect_of_an_ended_claim_that_succeeds_is_closed() -> None:
    on = stage()
    on.ask("d1", HI)
    on.append()
    old = on.connects()[0]
    on.claim()
    on.append()
    on.owner.ended(old.effect, o.Connected(), on.at)
    on.owner.ended(old.effect, o.Unreachable(reason="closed"), on.at)
    on.append()
    assert on.closed == [Close("d1", 1)]


def test_a_connect_that_was_never_begun_is_retried_later() -> None:
    on = stage()
    on.ask("d1", HI)
    on.append()
    on.answer(on.connects()[0], o.NotStarted())
    on.append()
    assert decode_event(on.events[-1].value).data["reason"] == "not_started"


def test_an_event_of_a_newer_writer_is_not_passed_over() -> None:
    on = stage()
    on.append()
    owner = on.folded()
    event = decode_event(on.events[-1].value)
    newer = EventEnvelope(
        "device_upgraded", "d1", event.time, event.claim, len(on.events), None, "due:x", {}, event.context
    )
    with pytest.raises(UnknownTypeError, match="device_upgraded"):
        owner.fold(len(on.events), newer)


def test_what_does_not_count_is_not_folded() -> None:
    on = stage()
    on.append()
    owner = on.folded()
    assert owner.fold(len(on.events), decode_event(on.events[-1].value)) is Verdict.VOID
    assert owner.book == on.owner.book


def test_an_outcome_of_a_claim_that_ended_is_handed_on_and_taken() -> None:
    on, send = sending()
    assert isinstance(send.effect, Send)
    on.claim(another_process=True, wait_s=3)
    on.ask("d1", r.OutcomeReported(message_id=send.effect.message_id, attempt=1, outcome=o.Accepted()))
    on.append()
    assert on.types("d1")[-1] == "send_accepted"


# leaving


def test_an_owner_that_leaves_begins_nothing() -> None:
    on, begin = sending("platform")
    on.ask("d1", HI)
    on.owner.leave()
    on.answer(begin, o.Accepted())
    on.append()
    assert on.running == []
    assert on.types("d1")[-1] == "send_accepted"


def test_an_owner_that_leaves_closes_no_link_to_make_room() -> None:
    on, begin = sending("asked", budgets=Budgets(links=1))
    on.answer(begin, o.Accepted())
    on.ask("d2", r.DeviceRegistrationRequested(driver="asked"))
    on.ask("d2", HI)
    on.owner.leave()
    on.turn()
    on.append()
    assert on.closed == []
    on.owner.close()
    assert on.budgets.closing == 0


def test_a_closed_owner_gives_all_its_budgets_back() -> None:
    on, _ = sending()
    on.owner.close()
    assert (on.budgets.sends.used, on.budgets.refreshes.used, on.budgets.links.used) == (0, 0, 0)
