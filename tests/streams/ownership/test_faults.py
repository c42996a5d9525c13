"""A bug of Mendline's own ends with the record, or the device, that meets it: the rest of the partition goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body
from streams.drivers.port import Close
from streams.ownership import decisions, reading
from streams.ownership import owner as owners
from streams.ownership.budgets import Budgets
from tests.streams.ownership.stage import Stage

HI = r.SendRequested(to="ana", body=Body(text="hi"))
POISON = r.SendRequested(to="poison", body=Body(text="hi"))
Break = Callable[[Any, str, Callable[..., bool]], None]


@pytest.fixture
def break_where(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Has a function raise where its arguments say so."""

    def broken(module: Any, name: str, when: Callable[..., bool]) -> None:
        sound = getattr(module, name)

        def either(*told: Any) -> Any:
            if when(*told):
                raise ZeroDivisionError
            return sound(*told)

        monkeypatch.setattr(module, name, either)

    return broken


def stage(driver: str = "platform") -> Stage:
    """Devices d1 and d2."""
    on = Stage(buggy=True)
    for device_id in ("d1", "d2"):
        on.ask(device_id, r.DeviceRegistrationRequested(driver=driver))
    on.append()
    return on


def fates(on: Stage) -> list[str]:
    """The type of each request's fate, or the reason of its refusal."""
    told = sorted((e.decides, str(e.data.get("reason")), e.type) for e in on.told() if e.decides is not None)
    return [reason if kind == "request_refused" else kind for _, reason, kind in told]


def is_poison(_device: Any, command: Any, *_: Any) -> bool:
    return getattr(command, "request", None) == POISON


def test_a_request_that_meets_a_bug_is_refused_and_the_next_one_decided(break_where: Break) -> None:
    on = stage()
    break_where(owners, "decide", is_poison)
    on.ask("d1", POISON)
    on.ask("d1", HI)
    on.append()
    assert fates(on)[2:] == ["internal_error", "send_attempted"]
    assert [(f.device_id, f.cause, type(f.error)) for f in on.owner.faults] == [("d1", "request:2", ZeroDivisionError)]


def test_a_record_that_cannot_be_read_for_a_bug_is_refused(break_where: Break) -> None:
    on = stage()
    break_where(owners, "read", lambda record, *_: record.offset == 2)
    on.ask("d1", HI)
    on.ask("d1", HI)
    on.append()
    assert fates(on)[2:] == ["internal_error", "send_attempted"]


def test_a_decision_that_breaks_off_half_way_is_taken_back_with_its_device_in_quarantine(break_where: Break) -> None:
    on = stage("asked")
    break_where(decisions, "effect_of", lambda device_id, *_: device_id == "d1")
    on.ask("d1", r.RefreshRequested())
    on.ask("d1", HI)
    on.ask("d2", HI)
    on.append()
    assert fates(on)[2:] == ["internal_error", "internal_error", "send_queued"]
    assert on.types("d1") == ["device_registered", "request_refused", "request_refused"]


def test_a_device_whose_next_step_meets_a_bug_stands_still_alone(break_where: Break) -> None:
    on = stage("asked")
    break_where(owners, "next_step", lambda device, *_: device.link is not None)
    on.ask("d1", HI)
    on.append()
    on.answer(on.connects()[0], o.Connected())
    on.ask("d2", r.DeviceParkRequested())
    on.append()
    assert (fates(on)[2:], on.types("d1")[-1]) == (["send_queued", "device_parked"], "device_connected")


def test_steps_that_were_decided_before_the_bug_are_taken_back(
    break_where: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = stage("asked")
    monkeypatch.setattr(owners, "MAX_STEPS", 1)
    on.ask("d1", HI)
    on.append()
    on.answer(on.connects()[0], o.Connected())
    on.append()
    assert on.types("d1")[-1] == "device_connected"
    assert on.sends() == []


def test_an_outcome_that_meets_a_bug_is_told_to_the_next_owner_and_nothing_is_sent_again(
    break_where: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = stage()
    on.ask("d1", HI)
    on.append()
    (send,) = on.sends()
    with monkeypatch.context() as buggy:
        buggy.setattr(owners, "decide", None)
        assert not on.owner.ended(send.effect, o.Accepted(), on.at)
    on.claim()
    assert on.owner.ended(send.effect, o.Accepted(), on.at)
    on.append()
    assert on.types("d1")[-2:] == ["send_attempted", "send_accepted"]


def test_the_next_claim_lifts_the_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    on = stage()
    with monkeypatch.context() as buggy:
        buggy.setattr(owners, "next_step", None)
        on.ask("d1", HI)
    on.append()
    on.claim()
    on.ask("d1", HI)
    on.append()
    assert fates(on)[-1] == "send_queued"


def test_the_key_names_the_stream_of_what_cannot_be_read() -> None:
    on = Stage()
    record = on.ask("d1", HI)
    assert reading.stream_id_of(record) == "d1"
    assert reading.stream_id_of(record._replace(key=b"\xff")) == reading.stream_id_of(record._replace(key=None))


def test_a_link_of_a_device_in_quarantine_is_not_waited_for_to_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    on = Stage(buggy=True, budgets=Budgets(links=2))
    for device_id in ("d1", "d2", "d3"):
        on.ask(device_id, r.DeviceRegistrationRequested(driver="asked"))
    for device_id in ("d1", "d2"):
        linked_at_rest(on, device_id)
    with monkeypatch.context() as buggy:
        buggy.setattr(owners, "decide", None)
        on.report("d1", 1, o.Advanced(step="any"))
    on.ask("d3", HI)
    on.turn()
    on.append()
    assert on.closed == [Close("d2", 1)]
    assert on.budgets.closing == 0


def linked_at_rest(on: Stage, device_id: str) -> None:
    """A device with a link that no send needs."""
    on.ask(device_id, r.RefreshRequested())
    on.append()
    on.answer(on.connects()[0], o.Connected())
    on.append()


def test_no_request_waits_for_outcomes_of_a_device_in_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    on = stage()
    for _ in range(2):
        on.ask("d1", HI)
    on.append()
    with monkeypatch.context() as buggy:
        buggy.setattr(owners, "decide", None)
        on.answer(on.sends()[0], o.Accepted())
    assert on.owner.pressed() == 0
