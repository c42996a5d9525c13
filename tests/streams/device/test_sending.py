"""What becomes of a send request: attempted, queued, repeated or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.device import sends
from schemas.device.body import Body
from streams.device.facts import Seen
from tests.streams.device.past import (
    TOMORROW,
    accepted,
    asked_send,
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
    returned,
    send,
    started,
    tried_at_once,
    uncertain,
    up,
)
from tests.streams.device.spec import EARLIER, NOW, Claim, after, message_id, nothing, rules

READY = nothing.given(registered(), *connected())
BUSY = READY.given(tried_at_once(1))
TRIED = sends.SendAttempted(
    request=90, request_id="asked", attempt=1, message_id=message_id("asked"), link=1, send=send()
)


def waits(reason: str, refresh: int | None = None, **more: object) -> sends.SendQueued:
    return sends.SendQueued(request=90, request_id="asked", send=send(**more), reason=reason, refresh=refresh)  # type: ignore[arg-type]  # a reason


def test_a_send_to_a_connected_idle_device_is_attempted_at_once() -> None:
    READY.when(asked_send()).then(TRIED)


def test_a_send_of_a_platform_device_needs_no_link() -> None:
    (event,) = nothing.given(registered("platform")).when(asked_send()).events()
    assert (event.type, event.link) == ("send_attempted", None)


def test_a_fate_carries_the_whole_send() -> None:
    asked = asked_send(campaign="spring", expires_at=after(60), body=Body(text="hi"))
    (event,) = READY.when(asked).events()
    assert event.send == send(campaign="spring", expires_at=after(60), body=Body(text="hi"))


def test_a_send_expires_after_a_day_unless_it_says_otherwise() -> None:
    (event,) = READY.when(asked_send()).events()
    assert event.send.expires_at == TOMORROW


def test_a_send_for_later_expires_a_day_after_its_time() -> None:
    (event,) = READY.when(asked_send(not_before=after(3600))).events()
    assert event.send.expires_at == TOMORROW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (BUSY, "busy"),
        (BUSY.given(deferred(1, after(60))), "held"),
        (BUSY.given(reconciling(1)), "held"),
        (BUSY.given(accepted(1, pace_until=after(3))), "pacing"),
        (READY.given(parked()), "parked"),
        (nothing.given(registered(), failed(1, retry_at=after(9))), "backing_off"),
    ],
)
def test_a_send_says_what_it_waits_for(given: object, reason: str) -> None:
    given.when(asked_send()).then(waits(reason))  # type: ignore[attr-defined]  # a Given


def test_a_send_without_budget_waits() -> None:
    READY.when(asked_send(), send_budget=False).then(waits("budget"))


def test_a_send_is_not_attempted_before_its_time() -> None:
    asked = asked_send(not_before=after(60), expires_at=TOMORROW)
    READY.when(asked).then(waits("not_due", not_before=after(60)))


def test_a_send_whose_time_has_come_already_is_attempted_at_once() -> None:
    (event,) = READY.when(asked_send(not_before=EARLIER)).events()
    assert event.type == "send_attempted"


def test_a_send_to_a_disconnected_device_mends_it() -> None:
    nothing.given(registered()).when(asked_send()).then(waits("refreshing", refresh=1), started(1))


def test_a_send_after_a_failed_refresh_is_a_retry_once_the_back_off_is_over() -> None:
    device = nothing.given(registered(), started(1), failed(1, retry_at=EARLIER))
    device.when(asked_send()).then(waits("refreshing", refresh=2), started(2, "retry"))


def test_a_refresh_that_a_send_needs_waits_for_its_budget() -> None:
    device = nothing.given(registered())
    device.when(asked_send(), link_budget=False).then(waits("refreshing", refresh=1), in_line(1))


@pytest.mark.parametrize("refresh", [started(1), in_line(1)])
def test_a_send_joins_the_refresh_under_way(refresh: object) -> None:
    nothing.given(registered(), refresh).when(asked_send()).then(waits("refreshing", refresh=1))  # type: ignore[arg-type]  # an event


def test_a_send_over_an_unhealthy_link_closes_it_and_mends() -> None:
    READY.when(asked_send(), healthy=False).then(waits("refreshing", refresh=2), down(1, "unhealthy"), started(2))


def test_a_link_that_is_unhealthy_again_and_again_is_closed_and_left_alone_for_a_while() -> None:
    device = nothing.given(registered(), *connected(), down(1, "unhealthy"), *connected(2))
    lost = down(2, "unhealthy", retry_at=after(1))
    device.when(asked_send(), healthy=False).then(waits("backing_off"), lost)


def test_a_send_behind_another_waits_for_what_that_one_waits_for() -> None:
    device = nothing.given(registered(), queued(1, "refreshing"), started(1))
    device.when(asked_send()).then(waits("refreshing", refresh=1))


def test_a_send_never_overtakes_one_that_has_come_due() -> None:
    READY.given(queued(1)).when(asked_send()).then(waits("busy"))


def test_a_send_behind_one_whose_link_has_just_died_leaves_the_mending_to_that_one() -> None:
    READY.given(queued(1)).when(asked_send(), healthy=False).then(waits("busy"))


def test_a_send_goes_before_one_that_is_not_due() -> None:
    device = READY.given(queued(1, "not_due", not_before=after(60)))
    assert device.when(asked_send()).types() == ["send_attempted"]


def test_the_same_content_under_the_same_id_is_a_repeat() -> None:
    repeat = sends.SendRepeated(request_id="r1", first=1, settled=False)
    BUSY.when(asked_send(), id="r1").then(repeat)


def test_a_repeat_of_a_settled_send_says_so() -> None:
    repeat = sends.SendRepeated(request_id="r1", first=1, settled=True)
    BUSY.given(accepted(1)).when(asked_send(), id="r1").then(repeat)


def test_a_repeat_with_a_new_expiry_is_a_repeat_still() -> None:
    asked = asked_send(expires_at=after(5), campaign="other")
    assert BUSY.when(asked, id="r1").types() == ["send_repeated"]


@pytest.mark.parametrize("asked", [asked_send(to="+6282"), asked_send(body=Body(text="bye"))])
def test_another_content_under_the_same_id_is_refused(asked: object) -> None:
    BUSY.when(asked, id="r1").then_refused("request_id_reused", "'r1'", "use a new id")


def test_a_repeat_is_told_from_reuse_by_the_window() -> None:
    READY.when(asked_send(), seen=Seen("0" * 16, 3, settled=True)).then_refused("request_id_reused")


def test_a_send_that_expired_already_is_refused() -> None:
    READY.when(asked_send(expires_at=NOW)).then_refused("expired", NOW.isoformat())


def test_a_send_may_not_live_longer_than_a_fortnight() -> None:
    READY.when(asked_send(expires_at=NOW + timedelta(days=14))).types()
    READY.when(asked_send(expires_at=NOW + timedelta(days=14, seconds=1))).then_refused("invalid", "14 days")


def test_a_send_that_could_never_leave_is_refused() -> None:
    READY.when(asked_send(not_before=after(60), expires_at=after(60))).then_refused("invalid", "not_before")


def test_a_queue_has_an_end() -> None:
    READY.given(queued(1)).when(asked_send(), rules=rules(max_waiting=1)).then_refused("queue_full", "1 sends wait")


def test_a_full_partition_refuses_and_says_what_to_do() -> None:
    full = READY.when(asked_send(), rules=rules(max_waiting_in_all=5), waiting_in_all=5)
    full.then_refused("queue_full", "5 sends wait in this device's partition", "MENDLINE_MAX_WAITING_IN_PARTITION")


def test_a_send_to_an_unknown_device_is_refused() -> None:
    nothing.when(asked_send()).then_refused("unknown_device", "is not registered")


def test_a_send_to_a_removed_device_is_refused() -> None:
    nothing.given(registered(), removed()).when(asked_send()).then_refused("unknown_device", "was removed")


def test_an_uncertain_send_does_not_hold_the_next() -> None:
    assert BUSY.given(uncertain(1)).when(asked_send()).types() == ["send_attempted"]


def test_after_a_claim_a_send_waits_for_the_attempt_left_open() -> None:
    BUSY.given(Claim()).when(asked_send()).then(waits("busy"))


def test_a_kept_link_carries_on() -> None:
    device = READY.given(Claim(same_process=True), up(1, "kept"))
    assert device.when(asked_send()).types() == ["send_attempted"]


def test_a_platform_device_that_sent_a_message_back_backs_off() -> None:
    device = nothing.given(registered("platform"), tried_at_once(1, link=None))
    device = device.given(returned(1, retry_at=after(2)), cancelled(1))
    device.when(asked_send()).then(waits("backing_off"))


@pytest.mark.parametrize("far", [after(15 * 86400), datetime.max.replace(tzinfo=UTC)])
def test_a_send_that_is_to_leave_later_than_any_may_expire_is_refused(far: datetime) -> None:
    (event,) = READY.when(asked_send(not_before=far)).events()
    assert (event.type, event.reason) == ("request_refused", "invalid")
    assert event.detail.startswith("not_before: more than 14 days ahead")
