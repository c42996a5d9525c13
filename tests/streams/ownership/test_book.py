"""What a partition's fold says to who is about to take it over."""

from __future__ import annotations

from schemas.device import requests as r
from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Connected
from streams.ownership.owner import Owner
from tests.streams.ownership.stage import Stage

HI = r.SendRequested(to="+6281", body=Body(text="hi"))


def sent(driver: str) -> Stage:
    on = Stage()
    on.ask("d1", r.DeviceRegistrationRequested(driver=driver))
    on.ask("d1", HI)
    on.append()
    while on.running:
        on.answer(on.running[0], Accepted() if on.sends() else Connected())
        on.append()
    return on


def folded(on: Stage) -> Owner:
    owner = on.fresh_owner()
    on._fold(owner)
    return owner


def test_a_link_that_a_second_claim_of_its_process_found_up_is_open_work() -> None:
    on = sent("linked")
    on.claim()
    assert folded(on).book.has_open_work()


def test_a_link_whose_end_is_in_the_log_may_still_be_closing() -> None:
    on = sent("linked")
    on.ask("d1", r.DeviceParkRequested())
    on.append()
    assert folded(on).book.has_open_work()


def test_a_device_without_links_that_is_at_rest_is_no_open_work() -> None:
    assert not folded(sent("platform")).book.has_open_work()
