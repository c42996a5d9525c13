"""Bodies beyond the budget: read again when their turn comes, and nobody else waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body
from schemas.device.sends import SendAttempted
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin, BodyMissingError
from streams.ownership.stock import OF_EACH_DEVICE, BodyBudget
from streams.ownership.waiting import AHEAD
from tests.streams.ownership.queues import in_order
from tests.streams.ownership.stage import Stage, sending


def _text(number: int, **more: object) -> r.SendRequested:
    return r.SendRequested(to=f"0812{number}", body=Body(text=f"message {number}"), **more)  # type: ignore[arg-type]  # any field


def _short_of_memory(waiting: int, bodies: int = 0, **more: object) -> tuple[Stage, Begin]:
    """One send runs, others wait, and no body of theirs may be kept."""
    on, begin = sending("platform", budgets=Budgets(bodies=bodies))
    for number in range(waiting):
        on.ask("d1", _text(number, **more), f"w{number}")
    on.append()
    return on, begin


def _next(on: Stage, begin: Begin) -> Begin:
    on.answer(begin, o.Accepted())
    on.turn()
    on.append()
    return on.sends()[0]


def test_what_leaves_is_what_was_asked_for() -> None:
    on, begin = _short_of_memory(3)
    left: list[Any] = [(begin := _next(on, begin)).effect for _ in range(3)]
    assert [(effect.to, effect.body.text) for effect in left] == [(f"0812{n}", f"message {n}") for n in range(3)]


def test_a_device_whose_head_lacks_its_body_waits_and_no_other_does() -> None:
    on, begin = _short_of_memory(1)
    on.answer(begin, o.Accepted())
    on.ask("d2", r.DeviceRegistrationRequested(driver="platform"))
    on.ask("d2", _text(7))
    on.append()
    assert [b.effect.device_id for b in on.sends()] == ["d2"]
    on.read_again(on.owner)
    on.append()
    assert [b.effect.device_id for b in on.sends()] == ["d2", "d1"]


def test_what_is_not_in_the_log_yet_is_not_read() -> None:
    on, begin = _short_of_memory(0)
    on.ask("d1", _text(0))
    on.answer(begin, o.Accepted())
    assert on.owner.lacking() == []
    on.append()
    assert len(on.owner.lacking()) == 1


def test_what_could_not_be_read_is_lacking_still() -> None:
    on, begin = _short_of_memory(1)
    on.answer(begin, o.Accepted())
    lacking = on.owner.lacking()
    on.owner.read_again([], on.at)
    assert on.owner.lacking() == lacking != []


def test_bodies_are_read_ahead_while_an_attempt_runs() -> None:
    on, _ = _short_of_memory(100)
    on.owner.close()
    on.budgets = Budgets()
    on.claim(saved_at=1.0)
    on.turn()
    assert sum(not e.lacks_body for e in in_order(on.owner.book.queue("d1"))) == AHEAD


def test_expired_sends_are_told_by_their_ids() -> None:
    on, _ = _short_of_memory(3, expires_at=sending()[0].at + timedelta(seconds=5))
    on.wait(10.0)
    on.append()
    assert [e.data["request_id"] for e in on.told() if e.type == "send_expired"] == ["w0", "w1", "w2"]


def test_a_cancelled_campaign_is_counted_at_once_and_its_sends_follow() -> None:
    on, _ = _short_of_memory(3, campaign="spring")
    on.ask("d1", r.SendCancellationRequested(campaign="spring"))
    on.append()
    assert on.told()[-1].data["sends"] == 3
    on.turn()
    on.append()
    assert on.types("d1")[-3:] == ["send_cancelled"] * 3


def test_one_send_is_cancelled_without_its_body() -> None:
    on, _ = _short_of_memory(2)
    on.ask("d1", r.SendCancellationRequested(request_id="w1"))
    on.append()
    assert on.types("d1")[-1] == "send_cancelled"
    assert len(on.owner.book.queue("d1")) == 1


def test_a_repeat_of_a_send_that_waits_without_its_body_is_known() -> None:
    on, _ = _short_of_memory(2)
    on.ask("d1", _text(1), "w1")
    on.ask("d1", _text(5), "w1")
    on.append()
    assert on.types("d1")[-2:] == ["send_repeated", "request_refused"]


def test_another_sends_body_stops_the_device_instead_of_leaving() -> None:
    on, begin = _short_of_memory(2)
    on.buggy = True
    on.answer(begin, o.Accepted())
    (place,) = on.owner.lacking()
    wrong = on._event(place)._replace(value=on._event(place + 1).value)
    on.owner.read_again([wrong], on.at)
    assert isinstance(on.owner.faults[0].error, ValueError)
    assert on.sends() == []


def test_no_attempt_leaves_without_its_body() -> None:
    on, begin = _short_of_memory(1)
    queue = on.owner.book.queue("d1")
    on.answer(begin, o.Accepted())
    (entry,) = in_order(queue)
    with pytest.raises(BodyMissingError):
        on.owner._emit(
            "d1",
            on.owner.book.device("d1"),
            [SendAttempted(request=entry.request, request_id="w0", attempt=1, message_id="0" * 32)],
        )


def test_a_backlog_takes_no_more_than_half_of_the_memory() -> None:
    budget = BodyBudget(10_000)
    budget.used = 5_000
    assert budget.has_room(1_000, OF_EACH_DEVICE - 1)
    assert not budget.has_room(1_000, OF_EACH_DEVICE)


def test_all_memory_of_bodies_is_given_back() -> None:
    on, _ = _short_of_memory(5, bodies=1 << 20)
    assert on.budgets.bodies.used > 0
    on.owner.close()
    assert on.budgets.bodies.used == 0
