from __future__ import annotations

import pytest

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, ready


def test_what_happens_on_a_device_that_is_not_there_is_found() -> None:
    scribe = Scribe()
    scribe.claim()
    scribe.queue()
    assert scribe.broken() == {Rule.DEVICE_ABSENT}


def test_attempt_on_a_removed_device_is_found() -> None:
    scribe = ready(driver="simulated-platform", linked=False)
    scribe.remove()
    scribe.send()
    assert scribe.broken() == {Rule.DEVICE_ABSENT}


def test_link_of_a_removed_device_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.remove()
    scribe.connect()
    assert scribe.broken() == {Rule.DEVICE_ABSENT}


def test_device_that_is_registered_twice_is_found() -> None:
    scribe = ready()
    scribe.register()
    assert scribe.broken() == {Rule.DEVICE_TWICE}


def test_refreshes_are_counted_on_after_a_removal() -> None:
    scribe = ready()
    scribe.remove()
    scribe.register()
    scribe.start_refresh(1)
    assert scribe.broken() == {Rule.REFRESH_NUMBER}


def test_attempt_on_a_parked_device_is_found() -> None:
    scribe = ready(linked=False)
    scribe.park()
    scribe.send()
    assert scribe.broken() == {Rule.DEVICE_PARKED}


def test_link_of_a_parked_device_is_found() -> None:
    scribe = ready()
    scribe.park()
    scribe.disconnect()
    scribe.connect()
    assert scribe.broken() == {Rule.DEVICE_PARKED}


def test_parked_device_that_was_resumed_works() -> None:
    scribe = ready()
    scribe.park()
    scribe.tell("device_resumed", {"why": "until_passed"})
    scribe.send()
    assert scribe.broken() == set()


def test_refresh_of_a_platform_device_is_found() -> None:
    scribe = ready(linked=False)
    scribe.start_refresh()
    assert scribe.broken() == {Rule.PLATFORM_REFRESHED}


def test_second_refresh_at_a_time_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.start_refresh()
    scribe.start_refresh()
    assert scribe.broken() == {Rule.REFRESH_TWICE}


def test_refresh_number_that_does_not_rise_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.start_refresh(1)
    assert scribe.broken() == {Rule.REFRESH_NUMBER}


def test_refresh_that_waited_for_its_budget_keeps_its_number() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.tell("refresh_queued", {"refresh": 2, "why": "send"})
    scribe.connect()
    assert scribe.broken() == set()


@pytest.mark.parametrize("what", ["joined", "advanced", "failed"])
def test_word_of_a_refresh_that_is_not_open_is_found(what: str) -> None:
    scribe = ready()
    asked = scribe.ask("refresh_requested", {}) if what == "joined" else None
    scribe.tell(f"refresh_{what}", {"refresh": 1}, asked)
    assert scribe.broken() == {Rule.REFRESH_NOT_OPEN}


def test_refresh_that_succeeds_without_being_open_is_found() -> None:
    scribe = ready()
    scribe.start_refresh()
    scribe.disconnect(link=1)
    scribe.claim()
    scribe.tell("refresh_succeeded", {"refresh": 2})
    scribe.tell("device_connected", {"link": 2, "how": "refreshed"})
    assert scribe.broken() == {Rule.REFRESH_NOT_OPEN}


def test_refresh_on_a_living_link_is_found() -> None:
    scribe = ready()
    scribe.start_refresh()
    scribe.tell("refresh_advanced", {"refresh": 2, "step": "dialled"})
    assert scribe.broken() == {Rule.LINK_TWICE}


def test_refresh_may_close_the_link_it_replaces() -> None:
    scribe = ready()
    scribe.start_refresh()
    scribe.disconnect(link=1, why="unhealthy")
    assert scribe.broken() == set()


def test_second_living_link_is_found() -> None:
    scribe = ready()
    scribe.tell("device_connected", {"link": 1, "how": "kept"})
    assert Rule.LINK_TWICE in scribe.broken()


def test_link_that_no_refresh_made_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.tell("device_connected", {"link": 2, "how": "refreshed"})
    assert scribe.broken() == {Rule.LINK_UNMADE}


def test_refresh_that_succeeds_without_a_link_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    scribe.start_refresh()
    scribe.tell("refresh_succeeded", {"refresh": 2})
    scribe.claim()
    assert scribe.broken() == {Rule.LINK_UNMADE}


@pytest.mark.parametrize(("owner", "link"), [("two", 1), ("one", 7)])
def test_link_that_cannot_have_been_kept_is_found(owner: str, link: int) -> None:
    scribe = ready()
    scribe.claim(owner)
    scribe.tell("device_connected", {"link": link, "how": "kept"})
    assert scribe.broken() == {Rule.LINK_KEPT}


def test_link_that_was_released_is_not_kept() -> None:
    scribe = ready()
    scribe.release()
    scribe.claim()
    scribe.tell("device_connected", {"link": 1, "how": "kept"})
    assert scribe.broken() == {Rule.LINK_KEPT}


def test_link_of_one_process_is_not_kept_by_its_namesake() -> None:
    scribe = Scribe()
    scribe.claim(process="a")
    scribe.register()
    scribe.connect()
    scribe.claim(process="b")
    scribe.tell("device_connected", {"link": 1, "how": "kept"})
    assert scribe.broken() == {Rule.LINK_KEPT}


def test_link_outlives_several_claims_of_its_process() -> None:
    scribe = ready()
    scribe.claim()
    scribe.claim()
    scribe.tell("device_connected", {"link": 1, "how": "kept"})
    assert scribe.broken() == set()


def test_end_of_a_link_that_did_not_live_is_found() -> None:
    scribe = ready()
    scribe.disconnect(link=7)
    assert scribe.broken() == {Rule.LINK_UNKNOWN}
