"""What a process knows of its own effects between two claims."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from schemas.device.body import Body
from schemas.device.outcomes import Accepted, Connected
from streams.drivers.port import Close, Connect, Done, Driver, Effect, Report, Send
from streams.ownership.effects import Begin
from streams.worker.desk import Desk, EffectDesk
from streams.worker.inbox import Ended


def send(message_id: str) -> Send:
    return Send("d1", None, message_id, 1, "to", Body(text="hello"))


def test_every_kept_outcome_of_a_device_is_known_to_the_next_claim() -> None:
    desk = EffectDesk({}, lambda *_: None)
    desk.keep(0, [Ended(send("open"), Accepted()), Ended(send("long uncertain"), Accepted())])
    assert desk.running(0) == {("d1", "open", 1), ("d1", "long uncertain", 1)}


class HeldDriver:
    """Begins what it is asked, and answers nothing by itself."""

    def __init__(self) -> None:
        self.begun: list[tuple[Effect, Done]] = []

    def listen(self, report: Report) -> None:
        """Nothing is reported."""

    def start(self, effect: Effect, done: Done) -> None:
        self.begun.append((effect, done))


def test_a_connect_that_waited_for_a_close_for_too_long_is_not_begun() -> None:
    driver = HeldDriver()
    desk = EffectDesk({"held": cast(Driver, driver)}, lambda *_: None)
    in_time = [True]
    desk.start(0, Begin("held", Close("d1", 1)))
    desk.start(0, Begin("held", Connect("d1", 2)), lambda: in_time[0])
    in_time[0] = False
    driver.begun[0][1](None)
    assert [effect for effect, _ in driver.begun] == [Close("d1", 1)]
    assert not desk.busy(0)


async def linked(driver: HeldDriver) -> EffectDesk:
    """A desk with a link, and a send that runs over it."""
    desk = EffectDesk({"held": cast(Driver, driver)}, lambda *_: None)
    desk.sit(0, cast(Desk, SimpleNamespace(ended=lambda *_: None)))
    desk.start(0, Begin("held", Connect("d1", 1)))
    driver.begun[0][1](Connected())
    desk.start(0, Begin("held", send("m")))
    return desk


async def test_a_link_that_a_send_runs_over_is_closed_when_the_send_has_ended() -> None:
    desk = await linked(driver := HeldDriver())
    desk.close_links(0, parting_s=10)
    assert (desk.living(0), desk.linked(0), len(driver.begun)) == ({}, True, 2)
    driver.begun[1][1](Accepted())
    assert driver.begun[2][0] == Close("d1", 1)


async def test_a_link_whose_send_does_not_end_is_closed_all_the_same() -> None:
    desk = await linked(driver := HeldDriver())
    desk.close_links(0, parting_s=0.01)
    await asyncio.sleep(0.05)
    assert [effect for effect, _ in driver.begun[2:]] == [Close("d1", 1)]


async def test_a_link_that_is_kept_for_a_send_is_closed_when_another_has_claimed() -> None:
    desk = await linked(driver := HeldDriver())
    desk.close_links(0, parting_s=10)
    desk.close_links(0)
    assert [effect for effect, _ in driver.begun[2:]] == [Close("d1", 1)]


def test_a_connect_is_logged_as_the_refresh_that_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="streams")
    desk = EffectDesk({"held": cast(Driver, HeldDriver())}, lambda *_: None)
    desk.start(0, Begin("held", Connect("d1", 2)))
    desk.start(0, Begin("held", send("m")))
    assert caplog.messages == ["Refreshing WhatsApp device d1: link 2, by held"]
