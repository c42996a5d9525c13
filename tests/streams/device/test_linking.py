"""Refreshes and links: asked for, connecting, connected, lost, parked."""

from __future__ import annotations

import pytest

from schemas.device import links
from schemas.device import outcomes as o
from schemas.device.requests import RefreshRequested
from tests.streams.device.past import (
    TOMORROW,
    accepted,
    attempted,
    connected,
    down,
    failed,
    in_line,
    parked,
    queued,
    registered,
    removed,
    resumed,
    returned,
    started,
    succeeded,
    tried_at_once,
    up,
)
from tests.streams.device.spec import EARLIER, NOW, Claim, after, connect_ended, nothing, reported, rules

NEW = nothing.given(registered())
READY = NEW.given(*connected())
CONNECTING = NEW.given(queued(1, "refreshing", 1), started(1))
REFRESH = RefreshRequested()


# the button


def test_a_refresh_of_a_healthy_device_is_done_already() -> None:
    READY.when(REFRESH).then_already_done("healthy")


def test_a_refresh_of_a_disconnected_device_starts() -> None:
    NEW.when(REFRESH).then(started(1, "requested"))


def test_a_refresh_without_budget_stands_in_line() -> None:
    NEW.when(REFRESH, link_budget=False).then(in_line(1, "requested"))


def test_a_refresh_of_an_unhealthy_device_is_answered_first_and_closes_the_old_link() -> None:
    READY.when(REFRESH, healthy=False).then(started(2, "requested"), down(1, "unhealthy"))
    READY.given(started(2, "requested"), down(1, "unhealthy")).next().then_waits(until=None)


@pytest.mark.parametrize("refresh", [started(1), in_line(1)])
def test_whoever_asks_during_a_refresh_joins_it(refresh: links.LinkEvent) -> None:
    NEW.given(refresh).when(REFRESH).then(links.RefreshJoined(refresh=1))


def test_during_back_off_a_refresh_request_starts_at_once() -> None:
    NEW.given(failed(1, retry_at=TOMORROW)).when(REFRESH).then(started(1, "requested"))
    READY.given(down(1, retry_at=TOMORROW)).when(REFRESH).then(started(2, "requested"))


@pytest.mark.parametrize("reason", ["asked", "banned", "needs_pairing"])
def test_a_parked_device_is_not_refreshed(reason: str) -> None:
    READY.given(parked(reason)).when(REFRESH).then_refused("parked", reason, "resume it first")


def test_a_platform_device_has_nothing_to_refresh() -> None:
    nothing.given(registered("platform")).when(REFRESH).then_refused("platform_device", "no link")


def test_refreshes_are_counted_on_after_a_removal() -> None:
    READY.given(removed(), down(1, "removed"), registered()).when(REFRESH).then(started(2, "requested"))


# a connect's outcome


def test_a_connect_that_succeeds_gives_the_device_its_link() -> None:
    link = links.DeviceConnected(link=1, how="refreshed", jid="62@s")
    CONNECTING.when(connect_ended(o.Connected(jid="62@s"))).then(succeeded(1), link)


def test_the_queue_goes_on_over_the_new_link() -> None:
    CONNECTING.given(succeeded(1), up(1)).next().then(attempted(1))


def test_an_unreachable_device_is_tried_again_at_a_drawn_time() -> None:
    outcome = connect_ended(o.Unreachable(reason="timeout"))
    CONNECTING.when(outcome, draw=0.25).then(failed(1, retry_at=after(0.25)))
    CONNECTING.given(failed(1, retry_at=after(0.25))).next().then_waits(until=after(0.25))
    CONNECTING.given(failed(1, retry_at=EARLIER)).next().then(started(2, "retry"))


@pytest.mark.parametrize(("failures", "most"), [(0, 1), (1, 2), (4, 16), (8, 256), (9, 300), (40, 300)])
def test_the_back_off_doubles_up_to_its_limit(failures: int, most: float) -> None:
    before = [event for n in range(1, failures + 1) for event in (started(n), failed(n, retry_at=EARLIER))]
    trying = NEW.given(queued(1), *before, started(failures + 1))
    (event,) = trying.when(connect_ended(o.Unreachable(reason="timeout"), failures + 1), draw=0.999).events()
    assert event.retry_at == after(most * 0.999)


def test_the_back_off_is_a_setting() -> None:
    outcome, slow = connect_ended(o.Unreachable(reason="timeout")), rules(backoff_min_s=40.0, backoff_max_s=50.0)
    CONNECTING.when(outcome, rules=slow).then(failed(1, retry_at=after(20)))
    again = CONNECTING.given(failed(1, retry_at=EARLIER), started(2))
    again.when(connect_ended(o.Unreachable(reason="timeout"), 2), rules=slow).then(failed(2, retry_at=after(25)))


def test_a_settled_send_ends_the_back_off() -> None:
    given = CONNECTING.given(failed(1, retry_at=EARLIER), *connected(2), tried_at_once(7, link=2), accepted(7))
    lost = given.when(reported(o.Dropped(reason="gone"), 2))
    lost.then(down(2, reason="gone"))


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        (o.NeedsPairing(), "needs_pairing"),
        (o.BannedUntil(until=TOMORROW), "banned"),
        (o.ReplacedElsewhere(), "replaced_elsewhere"),
    ],
)
def test_a_device_that_needs_a_person_or_a_date_parks(outcome: o.ConnectOutcome, event: str) -> None:
    until = getattr(outcome, "until", None)
    told = "replaced" if event == "replaced_elsewhere" else event
    then = CONNECTING.when(connect_ended(outcome))
    then.then(failed(1, told, event), parked(event, "device", until))


def test_a_ban_that_is_told_to_be_over_is_waited_for_a_little_all_the_same() -> None:
    banned = connect_ended(o.BannedUntil(until=EARLIER))
    CONNECTING.when(banned).then(failed(1, "banned", "banned"), parked("banned", "device", after(0.5)))


def test_bans_that_follow_each_other_are_waited_for_longer_and_longer() -> None:
    once = CONNECTING.given(failed(1, "banned", "banned"), parked("banned", "device", NOW), resumed("until_passed"))
    again = once.given(started(2)).when(connect_ended(o.BannedUntil(until=EARLIER), 2))
    again.then(failed(2, "banned", "banned"), parked("banned", "device", after(1)))


@pytest.mark.parametrize("given", [NEW, READY, NEW.given(in_line(1)), CONNECTING.given(failed(1, "cancelled"))])
def test_a_connect_that_is_not_awaited_changes_nothing(given: object) -> None:
    given.when(connect_ended(o.Connected())).then()  # type: ignore[attr-defined]  # a Given


def test_a_connect_of_an_ended_claim_changes_nothing() -> None:
    CONNECTING.given(Claim()).when(connect_ended(o.Connected())).then()


# what the driver says by itself


def test_a_link_that_drops_is_not_mended_before_a_send_needs_it() -> None:
    READY.when(reported(o.Dropped(reason="gone"))).then(down(1, reason="gone"))
    READY.given(down(1)).next().then_waits(until=None)


def test_a_link_that_drops_while_a_send_waits_is_mended_at_once() -> None:
    pausing = READY.given(tried_at_once(1), queued(2), accepted(1, pace_until=after(2)), down(1))
    pausing.next(at=after(2)).then(started(2))


def test_a_link_that_drops_again_before_anything_left_is_mended_later() -> None:
    dropped = READY.given(down(1), *connected(2)).when(reported(o.Dropped(reason="gone"), 2))
    dropped.then(down(2, reason="gone", retry_at=after(1)))


@pytest.mark.parametrize(
    ("report", "why", "reason"),
    [
        (o.NeedsPairing(), "logged_out", "needs_pairing"),
        (o.BannedUntil(until=TOMORROW), "banned", "banned"),
        (o.ReplacedElsewhere(), "replaced", "replaced_elsewhere"),
    ],
)
def test_a_live_link_may_park_its_device(report: o.LinkReport, why: str, reason: str) -> None:
    until = getattr(report, "until", None)
    READY.when(reported(report)).then(down(1, why), parked(reason, "device", until))


def test_a_ban_does_not_shorten_a_person_s_park() -> None:
    sending = READY.given(tried_at_once(1), parked("holiday", "person"))
    sending.when(reported(o.BannedUntil(until=after(5)))).then(down(1, "banned"))


def test_a_removed_device_parks_no_more() -> None:
    READY.given(removed()).when(reported(o.NeedsPairing())).then(down(1, "logged_out"))


def test_steps_are_told_of_the_refresh_under_way_only() -> None:
    CONNECTING.when(reported(o.Advanced(step="login"))).then(links.RefreshAdvanced(refresh=1, step="login"))
    READY.when(reported(o.Advanced(step="login"))).then()


def test_a_report_may_end_the_refresh_under_way() -> None:
    CONNECTING.when(reported(o.NeedsPairing())).then(
        failed(1, "needs_pairing", "needs_pairing"), parked("needs_pairing", "device")
    )


def test_a_drop_on_the_way_up_is_left_to_the_connect_s_own_outcome() -> None:
    CONNECTING.when(reported(o.Dropped(reason="gone"))).then()


@pytest.mark.parametrize("report", [o.Dropped(reason="gone"), o.NeedsPairing(), o.BannedUntil(until=TOMORROW)])
def test_a_report_about_another_link_changes_nothing(report: o.LinkReport) -> None:
    READY.when(reported(report, 2)).then()
    NEW.given(in_line(1)).when(reported(report, 1)).then()


# claims


def test_a_claim_ends_links_and_refreshes() -> None:
    READY.given(Claim(), queued(1)).next().then(started(2))
    CONNECTING.given(Claim()).next().then(started(2))


def test_a_link_can_outlive_claims_of_its_own_process_only() -> None:
    assert READY.given(Claim(same_process=True), Claim(same_process=True)).book().device("device-17").was == 1
    assert READY.given(Claim(same_process=True), Claim()).book().device("device-17").was is None
    assert READY.given(Claim()).book().device("device-17").was is None


def test_a_link_is_over_once_a_refresh_has_begun() -> None:
    begun = READY.given(Claim(same_process=True), started(2), Claim(same_process=True))
    assert begun.book().device("device-17").was is None


def test_a_claim_changes_nothing_for_a_device_without_link_or_attempt() -> None:
    book = NEW.book()
    device = book.device("device-17")
    book.end_claim()
    assert book.device("device-17") is device


def test_a_claim_leaves_what_is_held_or_ready_alone() -> None:
    given = READY.given(tried_at_once(1), returned(1), Claim(), *connected(2))
    given.next().then(attempted(1, 2, link=2))


def test_a_late_refresh_never_touches_a_newer_link() -> None:
    given = NEW.given(*connected(1), down(1), *connected(2))
    given.when(connect_ended(o.Connected(), 1)).then()


# in line


def test_a_refresh_in_line_starts_when_there_is_room() -> None:
    NEW.given(in_line(1, "requested")).next().then(started(1, "requested"))
    NEW.given(in_line(1)).next(link_budget=False).then_waits(until=None, budget="links")
