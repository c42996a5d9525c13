from __future__ import annotations

from typing import Any

import pytest

from mendline.verify.check import check
from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, ready


def standings(scribe: Scribe) -> object:
    return check(scribe.history()).figures["events_void"]


def test_event_of_another_claim_does_not_count() -> None:
    scribe = ready()
    scribe.tell("device_registered", {}, claim="f" * 16)
    assert (scribe.broken(), standings(scribe)) == (set(), {"fenced": 1})


def test_event_that_lies_elsewhere_than_expected_does_not_count() -> None:
    scribe = ready()
    scribe.tell("device_registered", {}, sequence="2")
    assert (scribe.broken(), standings(scribe)) == (set(), {"misplaced": 1})


def test_event_before_the_first_claim_does_not_count() -> None:
    scribe = Scribe()
    scribe.tell("device_registered", {}, claim="f" * 16)
    assert standings(scribe) == {"unowned": 1}


def test_marker_of_no_higher_generation_does_not_count() -> None:
    scribe = ready()
    scribe.generation = 0
    claim = scribe.claim_id
    scribe.claim("two", claim="f" * 16)
    scribe.claim_id = claim
    scribe.tell("delivery_recorded", {})
    assert (scribe.broken(), standings(scribe)) == (set(), {"outbid": 1})


@pytest.mark.parametrize("value", [None, b"", b"no JSON", b"[]", b'{"data": 1}'])
def test_record_that_is_no_event_does_not_count(value: bytes | None) -> None:
    scribe = ready()
    scribe.tell("delivery_recorded", {})
    scribe.events[-1] = scribe.events[-1]._replace(value=value)
    assert (scribe.broken(), standings(scribe)) == (set(), {"unreadable": 1})


def test_generation_that_was_skipped_is_found() -> None:
    scribe = ready()
    scribe.generation += 1
    scribe.claim()
    assert scribe.broken() == {Rule.CLAIM_GENERATION}


def test_claim_id_that_is_used_again_is_found() -> None:
    scribe = ready()
    scribe.claim(claim=scribe.claim_id)
    assert scribe.broken() == {Rule.CLAIM_REUSED}


def test_claim_that_goes_on_after_it_broke_off_is_found() -> None:
    scribe = ready()
    scribe.tell("delivery_recorded", {}, sequence="2")
    scribe.tell("delivery_recorded", {})
    assert scribe.broken() == {Rule.CLAIM_CONTINUED}


def test_owner_that_writes_on_after_its_release_is_found() -> None:
    scribe = ready()
    scribe.release()
    scribe.tell("delivery_recorded", {})
    assert scribe.broken() == {Rule.CLAIM_RELEASED}


@pytest.mark.parametrize("terms", [{"installation": "0ff"}, {"schema_level": 0}, {"partitions": 9}])
def test_owner_that_claims_on_other_terms_is_found(terms: dict[str, object]) -> None:
    scribe = ready()
    scribe.claim("two", **terms)
    assert scribe.broken() == {Rule.CLAIM_FOREIGN}


def test_event_of_a_type_that_nobody_knows_is_found() -> None:
    scribe = ready()
    scribe.tell("device_painted", {})
    assert scribe.broken() == {Rule.EVENT_UNKNOWN}


def test_event_that_lacks_what_its_type_has_is_found() -> None:
    scribe = ready()
    scribe.tell("send_accepted", {"request": 0})
    assert scribe.broken() == {Rule.EVENT_UNREADABLE}


@pytest.mark.parametrize("change", [{"key": b"beta"}, {"id": "device-events/0/3"}])
def test_event_that_misnames_itself_is_found(change: dict[str, Any]) -> None:
    scribe = ready()
    scribe.tell("delivery_recorded", {}, **change)
    assert scribe.broken() == {Rule.EVENT_KEY}
