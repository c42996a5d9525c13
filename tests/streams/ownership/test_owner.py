"""The owner: decides in order, gives its events out in order, and cuts what is large."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.device import outcomes as o
from schemas.device import requests as r
from schemas.device.body import Body
from schemas.envelope import Context, decode_event
from streams.device.facts import Rules
from streams.drivers.port import Close, Connect, Send
from streams.log.ports import EventRecord, RequestBatch
from streams.ownership import owner as owners
from streams.ownership.budgets import Budgets
from streams.ownership.effects import Begin
from streams.ownership.faults import EndlessStepsError, IntakeGapError
from streams.ownership.outbox import NotContiguousError
from streams.ownership.owner import Owner
from tests.streams.ownership.stage import HI, START, TRAITS, Stage, effect_of, sending, stage

# deciding and appending


def test_nothing_leaves_before_its_event_is_acknowledged() -> None:
    on = stage("platform")
    on.ask("d1", HI)
    assert on.running == []
    events = on.owner.take(1 << 20)
    assert on.owner.take(1 << 20) == []
    (begin,) = on.owner.acked(len(on.events))
    assert isinstance(begin, Begin)
    assert isinstance(begin.effect, Send)
    assert decode_event(events[-1].value).type == "send_attempted"


def test_a_send_and_the_question_about_it_name_their_device_s_credential() -> None:
    on = stage("platform")
    on.ask("d1", r.DeviceChangeRequested(credential="shop-1"))
    on.ask("d1", HI)
    (send,) = on.append()
    on.answer(send, o.Uncertain(reason="cut"))
    (ask,) = on.append()
    assert [effect_of(begin).credential for begin in (send, ask)] == ["shop-1", "shop-1"]  # type: ignore[union-attr]


def test_an_ack_that_does_not_follow_makes_the_owner_void() -> None:
    on = stage()
    on.owner.take(1 << 20)
    with pytest.raises(NotContiguousError):
        on.owner.acked(99)


def test_requests_that_do_not_follow_are_refused_as_a_whole() -> None:
    on = stage()
    with pytest.raises(IntakeGapError, match="from 5 on, expected from 1 on"):
        on.owner.requests(RequestBatch(5, 6, []), START)


def test_offsets_without_a_record_are_no_gap() -> None:
    on = stage()
    on.owner.requests(RequestBatch(1, 4, []), START)
    on.owner.requests(RequestBatch(4, 4, []), START)
    assert on.owner.next_request == 1


def test_each_event_says_where_it_lies_and_what_caused_it() -> None:
    on, _ = sending()
    told = on.told()
    assert [e.sequence for e in told] == list(range(1, len(told) + 1))
    assert [e.cause for e in told] == ["request:0", "request:1", "request:1", "driver:1", "driver:1", "event:5"]
    assert [e.decides for e in told] == [0, 1, None, None, None, None]


def test_a_send_s_events_carry_its_request_s_context() -> None:
    on = stage("platform")
    on.ask("d1", HI, context=Context(actor="ana", traceparent="00-1"))
    on.append()
    on.answer(on.sends()[0], o.Accepted())
    on.append()
    assert [e.context.actor for e in on.told()] == [None, "ana", "ana"]


def test_a_late_outcome_carries_the_context_of_the_uncertain_send() -> None:
    on = stage("bare")
    on.ask("d1", HI, context=Context(actor="ana"))
    on.append()
    send = on.sends()[0]
    assert isinstance(send.effect, Send)
    on.answer(send, o.Uncertain(reason="timeout"))
    report = r.OutcomeReported(message_id=send.effect.message_id, attempt=1, outcome=o.Accepted())
    on.ask("d1", report, context=Context(actor="worker"))
    on.owner.ended(send.effect, o.Accepted(), on.at)
    on.append()
    assert [(e.type, e.context.actor) for e in on.told()[2:]] == [
        ("send_uncertain", "ana"),
        ("send_resolved", "worker"),
    ]


def test_time_never_goes_back() -> None:
    on = stage("platform")
    on.at = START - timedelta(hours=1)
    on.ask("d1", HI)
    on.append()
    assert {e.time for e in on.told()} == {START.isoformat(timespec="microseconds")}


def test_a_replaced_link_is_closed_before_the_new_one_is_made() -> None:
    on, begin = sending()
    on.answer(begin, o.Accepted())
    on.drivers.sick.add("d1")
    on.ask("d1", r.RefreshRequested())
    begins = []
    while events := on.owner.take(1 << 20):
        begins += on.owner.acked(len(on.events))
        on.events += events
    assert [b.effect for b in begins if isinstance(b, Begin)] == [Close("d1", 1), Connect("d1", 2)]


def test_a_backlog_is_counted_in_decisions() -> None:
    on = stage()
    assert (on.owner.backlog(), on.owner.idle()) == (1, False)
    on.owner.take(1)
    assert (on.owner.backlog(), on.owner.idle()) == (0, False)
    on.owner.acked(1)
    assert on.owner.idle()


def test_a_device_is_pressed_while_sends_wait_for_the_outcome_of_a_refresh_or_of_another_send() -> None:
    on = stage()
    on.ask("d1", HI, "r1")
    on.append()
    while_refreshing = on.owner.pressed()
    on.answer(on.connects()[0], o.Connected())
    on.append()
    with_nothing_behind = on.owner.pressed()
    on.ask("d1", HI, "r2")
    assert (while_refreshing, with_nothing_behind, on.owner.pressed()) == (1, 0, 1)


def test_a_device_is_pressed_no_more_when_its_last_send_has_left() -> None:
    on, begin = sending()
    on.ask("d1", HI, "r2")
    on.answer(begin, o.Accepted())
    assert on.owner.pressed() == 0


def test_the_answer_to_a_close_changes_nothing() -> None:
    on = stage()
    on.append()
    on.owner.ended(Close("d1", 1), None, START)
    assert on.owner.idle()


def test_rules_that_never_come_to_rest_are_broken_not_followed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    on = stage("platform")
    monkeypatch.setattr(owners, "MAX_STEPS", 0)
    with pytest.raises(EndlessStepsError, match="'d1' did not come to rest"):
        on.ask("d1", HI)


# keys do not wait for each other


def test_a_device_that_takes_long_to_mend_delays_no_other() -> None:
    on = stage()
    on.ask("d2", r.DeviceRegistrationRequested(driver="platform"))
    on.ask("d1", HI)
    on.ask("d2", HI)
    on.append()
    assert [b.effect.device_id for b in on.sends()] == ["d2"]


# size


def test_a_large_campaign_is_cancelled_in_decisions_of_five_hundred_events() -> None:
    on = stage()
    for _ in range(1200):
        on.ask("d1", r.SendRequested(to="ana", body=Body(text="hi"), campaign="spring"))
    on.decisions()
    on.ask("d1", r.SendCancellationRequested(campaign="spring"))
    assert on.decisions() == [1, 500, 500, 200]


def test_a_claim_in_the_middle_of_a_cancellation_goes_on_with_it() -> None:
    on = stage(rules=Rules(drivers=TRAITS, decision_events=10))
    for _ in range(35):
        on.ask("d1", r.SendRequested(to="ana", body=Body(text="hi"), campaign="spring"))
    on.append()
    on.ask("d1", r.SendCancellationRequested(campaign="spring"))
    on.append_unknown(2)
    on.claim(another_process=True)
    on.append()
    assert on.types("d1").count("send_cancelled") == 35
    assert len(on.owner.book.queue("d1")) == 0


def test_a_removal_of_a_large_queue_is_cut_into_decisions() -> None:
    on = stage()
    for _ in range(600):
        on.ask("d1", HI, None)
    on.decisions()
    on.ask("d1", r.DeviceRemovalRequested())
    assert on.decisions() == [2, 500, 100]


def test_unknown_devices_leave_nothing_in_memory() -> None:
    on = Stage()
    for number in range(100):
        on.ask(f"stranger-{number}", HI)
        on.ask(f"stranger-{number}", r.RefreshRequested())
    book = on.owner.book
    assert (len(book.devices), len(book.queues), len(book.window)) == (0, 0, 0)


def test_nothing_is_begun_twice_when_an_owner_is_asked_often() -> None:
    on, _ = sending()
    for _ in range(5):
        on.owner.due(on.at)
        assert on.append() == []


def test_an_owner_is_asked_again_when_its_next_due_time_comes() -> None:
    on = stage()
    on.ask("d1", r.DeviceParkRequested(until=START + timedelta(seconds=9)))
    assert on.owner.due(on.at) == START + timedelta(seconds=9)
    on.wait(9)
    on.append()
    assert on.types("d1")[-1] == "device_resumed"
    assert on.told()[-1].cause == "due:time"


def test_an_owner_s_records_have_their_device_s_key() -> None:
    on = stage()
    (record,) = on.owner.take(1)
    assert isinstance(record, EventRecord)
    assert record.key == b"d1"


def test_owners_of_a_partition_decide_without_a_notifier() -> None:
    on = stage()
    owner = Owner(on.owner.tenure, on.rules, Budgets(), on.drivers, lambda: 0.5)
    assert owner.idle()


def test_what_was_passed_is_known_also_while_decisions_wait_for_their_ack() -> None:
    on = stage()
    on.append()
    end = len(on.requests)
    on.owner.requests(RequestBatch(end, end + 1, []), on.at)
    on.owner.release(on.at)
    assert (on.owner.next_request, on.owner.passed(), on.owner.idle()) == (end, end + 1, False)
