"""The owner keeps its budgets: of sends, of refreshes, of links, and of what it tries again and again."""

from __future__ import annotations

from schemas.device import outcomes as o
from schemas.device import requests as r
from streams.drivers.port import Close, Connect
from streams.ownership.budgets import Budgets
from tests.streams.ownership.stage import HI, Stage, sending, stage


def test_a_send_without_budget_goes_when_some_is_given_back() -> None:
    on, begin = sending("platform", budgets=Budgets(sends=1))
    on.ask("d2", r.DeviceRegistrationRequested(driver="platform"))
    on.ask("d2", HI)
    assert on.append() == []
    on.answer(begin, o.Accepted())
    on.turn()
    assert [b.effect.device_id for b in on.append()] == ["d2"]


def test_the_longest_idle_link_makes_room_for_a_device_that_needs_one() -> None:
    on, begin = sending("asked", budgets=Budgets(links=1))
    on.ask("d2", r.DeviceRegistrationRequested(driver="asked"))
    on.ask("d2", HI)
    on.turn()
    on.append()
    assert (on.types("d2")[-1], on.closed) == ("refresh_queued", [])
    on.answer(begin, o.Accepted())
    on.turn()
    on.append()
    assert on.closed == [Close("d1", 1)]
    assert [b.effect for b in on.connects()] == [Connect("d2", 1)]
    assert "idle" in [e.data.get("why") for e in on.told()]


def test_a_link_whose_device_pauses_between_sends_is_not_idle() -> None:
    on, begin = sending("asked", budgets=Budgets(links=1))
    on.ask("d1", r.DeviceChangeRequested(pace_min_s=5, pace_max_s=5))
    on.ask("d1", HI)
    on.ask("d2", r.DeviceRegistrationRequested(driver="asked"))
    on.ask("d2", HI)
    on.answer(begin, o.Accepted())
    on.turn()
    on.append()
    assert on.closed == []


def test_three_thousand_devices_that_drop_at_once_do_not_all_dial_at_once() -> None:
    on = Stage(budgets=Budgets(refreshes=20))
    for number in range(3000):
        on.ask(f"d{number}", r.DeviceRegistrationRequested(driver="asked"))
        on.ask(f"d{number}", HI)
    on.turn()
    on.append()
    assert len(on.connects()) == 20


def test_a_device_that_always_connects_and_never_sends_is_dialled_less_and_less() -> None:
    on = stage()
    on.ask("d1", HI)
    for _ in range(3600):
        on.append()
        for begin in list(on.running):
            on.answer(begin, o.Connected() if isinstance(begin.effect, Connect) else o.NotConnected())
        on.wait(1)
    assert on.types("d1").count("refresh_started") < 60


def test_a_device_whose_link_is_never_healthy_is_dialled_less_and_less() -> None:
    on = stage()
    on.drivers.sick.add("d1")
    on.ask("d1", HI)
    for _ in range(3600):
        on.append()
        for begin in list(on.running):
            on.answer(begin, o.Connected())
        on.wait(1)
    assert on.types("d1").count("refresh_started") < 60


def test_a_platform_that_is_away_is_tried_less_and_less() -> None:
    on = stage("platform")
    on.ask("d1", HI)
    for _ in range(3600):
        on.append()
        for begin in list(on.running):
            on.answer(begin, o.NotConnected())
        on.wait(1)
    assert on.types("d1").count("send_attempted") < 60
