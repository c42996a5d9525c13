"""One connection, from its token to its end, on a clock that stands still."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from schemas.hub.close_codes import CloseCode
from streams.hub.fan_out import HELD_S, Joined
from streams.hub.limits import Limits
from tests.streams.hub.made_up_hub import MadeUpHub, say


@pytest.fixture
async def made() -> MadeUpHub:
    return MadeUpHub()


async def test_a_connection_is_live_only_once_the_log_says_so(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token())
    assert wire.told == []
    made.hub.opened("ann", session.connection)
    made.fan_out.flush()
    assert wire.types() == ["connected"]


async def test_the_log_is_asked_for_a_connection_by_its_user(made: MadeUpHub) -> None:
    session, _ = made.enter()
    say(session, type="connect", token=made.token("bob"), returns="earlier")
    [(key, request)] = made.asked.requests
    assert (key, request.type) == ("bob", "connection_requested")
    assert made.asked.of("connection_requested")[0].returns == "earlier"


async def test_who_names_no_token_within_ten_seconds_is_closed(made: MadeUpHub) -> None:
    _, wire = made.enter()
    made.after(10.1)
    assert wire.closed == 4005


async def test_who_is_not_opened_by_the_log_within_ten_seconds_is_closed_and_the_log_told(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token())
    made.after(10.1)
    assert wire.closed == 4005
    assert made.asked.of("connection_close_requested")[0].why == "gone"


async def test_a_connection_that_the_log_could_not_take_is_closed(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token())
    made.asked.failing[session.connection]()
    assert wire.closed == 4005


async def test_a_connection_that_is_opened_after_its_end_is_closed_in_the_log(made: MadeUpHub) -> None:
    session, _ = made.enter()
    say(session, type="connect", token=made.token())
    session.gone("gone")
    made.asked.requests.clear()
    made.hub.opened("ann", session.connection)
    assert made.asked.of("connection_close_requested")[0].connection == session.connection


async def test_one_that_cannot_begin_is_closed_and_whoever_reads_the_log_reads_on(
    made: MadeUpHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token(), join=[{"group": "fleet"}])
    monkeypatch.setattr(made.past, "ends", {}.__getitem__)
    made.hub.opened("ann", session.connection)
    assert wire.closed == 4005
    assert made.asked.of("connection_close_requested")[-1].connection == session.connection


async def test_an_older_connection_is_closed_for_good_and_leaves_its_groups(made: MadeUpHub) -> None:
    session, wire = made.connected("fleet")
    made.hub.replaced(session.connection, "newer")
    assert wire.told[-1] | {"code": 4201, "verdict": "never"} == wire.told[-1]
    assert wire.closed == 4201
    assert not made.fan_out.listened("fleet")


async def test_what_the_log_knows_it_is_not_told_again(made: MadeUpHub) -> None:
    session, _ = made.connected()
    made.hub.replaced(session.connection, "newer")
    session.gone("closed")
    assert made.asked.of("connection_close_requested") == []


@pytest.mark.parametrize(("why", "code"), [("disconnected", 4202), ("node_lost", 4004), ("stale", 4003)])
async def test_a_connection_that_the_log_closes_is_told_why(made: MadeUpHub, why: Any, code: int) -> None:
    session, wire = made.connected()
    made.hub.closed(session.connection, why)
    assert wire.closed == code
    assert made.asked.of("connection_close_requested") == []


async def test_a_refused_return_is_closed_for_good(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token=made.token(), returns="earlier")
    made.hub.refused(session.connection, "replaced")
    assert wire.closed == 4201


async def test_a_client_that_is_silent_for_two_minutes_is_stale_whatever_it_is_told(made: MadeUpHub) -> None:
    session, wire = made.connected("fleet")
    for _ in range(6):
        say(session, type="renew", token=made.token())
        made.past.tell(made.fan_out, "fleet")
        made.after(19)
    made.clock.at += 102
    made.past.tell(made.fan_out, "fleet")
    made.after(0)
    assert wire.closed == 4003
    assert made.asked.of("connection_close_requested")[0].why == "stale"


async def test_a_ping_keeps_a_connection(made: MadeUpHub) -> None:
    session, wire = made.connected()
    made.clock.at += 119
    say(session, type="ping")
    made.after(119)
    assert wire.types()[-1] == "pong"
    assert wire.closed is None


async def test_a_token_has_25_seconds_of_grace_and_then_the_connection_is_expired(made: MadeUpHub) -> None:
    session, wire = made.connected()
    for _ in range(3):
        made.after(108)
        say(session, type="ping")
    assert wire.closed is None
    made.after(1.5)
    assert wire.closed == 4101
    assert made.asked.of("connection_close_requested")[0].why == "expired"


async def test_a_renewed_token_keeps_the_connection(made: MadeUpHub) -> None:
    session, wire = made.connected()
    made.clock.at += 240
    say(session, type="renew", token=made.token())
    made.after(119)
    assert wire.types()[-1] == "renewed"
    assert wire.closed is None


async def test_a_token_that_does_not_hold_changes_nothing(made: MadeUpHub) -> None:
    session, wire = made.connected()
    say(session, type="renew", token="forged")
    assert wire.told[-1]["code"] == "token_invalid"
    assert wire.closed is None


async def test_another_users_token_ends_the_connection(made: MadeUpHub) -> None:
    session, wire = made.connected()
    say(session, type="renew", token=made.token("bob"))
    assert wire.closed == 4203


async def test_a_token_with_fewer_rights_ends_what_it_gives_no_right_to(made: MadeUpHub) -> None:
    session, wire = made.connected("fleet", "device:7")
    say(session, type="renew", token=made.token(groups=["device:7"]))
    assert session.groups == ("device:7",)
    assert wire.types()[-2:] == ["left", "renewed"]


async def test_a_token_that_does_not_hold_opens_nothing(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="connect", token="forged")
    assert wire.closed == 4102
    assert made.asked.requests == []


@pytest.mark.parametrize("said", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe"])
async def test_what_is_no_json_object_ends_the_connection(made: MadeUpHub, said: bytes) -> None:
    session, wire = made.connected()
    session.heard(said)
    assert wire.closed == 4203


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "shout"}, "unknown_type"),
        ({}, "unknown_type"),
        ({"type": "join", "groups": 7}, "invalid"),
        ({"type": "connect", "token": "t"}, "already_connected"),
    ],
)
async def test_a_frame_that_is_wrong_is_an_error_and_no_more(made: MadeUpHub, said: dict[str, Any], code: str) -> None:
    session, wire = made.connected()
    say(session, **said)
    assert wire.told[-1]["code"] == code
    assert wire.closed is None


async def test_who_is_not_connected_joins_nothing(made: MadeUpHub) -> None:
    session, wire = made.enter()
    say(session, type="join", groups=[{"group": "fleet"}])
    assert wire.told[-1]["code"] == "not_connected"


async def test_a_slow_reader_is_cut_off_and_the_log_told(made: MadeUpHub) -> None:
    _, wire = made.connected("fleet")
    wire.waiting = made.hub.limits.slow_bytes + 1
    made.past.tell(made.fan_out, "fleet")
    made.fan_out.flush()
    assert wire.aborted
    assert made.asked.of("connection_close_requested")[0].why == "slow"


async def test_what_a_client_does_not_take_is_held_back_and_told_later_in_order(made: MadeUpHub) -> None:
    _, wire = made.connected("fleet")
    wire.waiting = made.hub.limits.hold_bytes + 1
    for number in range(3):
        made.past.tell(made.fan_out, "fleet", number=number)
        made.fan_out.flush()
    assert wire.types()[-1] == "joined"
    wire.waiting = 0
    await asyncio.sleep(3 * HELD_S)
    assert [told["event"]["number"] for told in wire.told[2:]] == [0, 1, 2]


async def test_a_client_that_is_behind_is_told_in_portions(made: MadeUpHub) -> None:
    _, wire = made.connected("fleet")
    wire.waiting = made.hub.limits.hold_bytes + 1
    for _ in range(8):
        made.past.tell(made.fan_out, "fleet", text="x" * 16_000)
        made.fan_out.flush()
    wire.waiting = 0
    await asyncio.sleep(1.5 * HELD_S)
    assert len(wire.told) == 2 + 5
    await asyncio.sleep(2 * HELD_S)
    assert len(wire.told) == 2 + 8


async def test_what_is_held_back_counts_once_however_often_it_is_tried(made: MadeUpHub) -> None:
    session, wire = made.connected("fleet")
    wire.waiting = made.hub.limits.hold_bytes + 1
    made.past.tell(made.fan_out, "fleet", text="x" * 60_000)
    for _ in range(100):
        session.flush(Joined())
    assert not wire.aborted


async def test_a_client_that_takes_nothing_of_what_is_held_back_is_cut_off(made: MadeUpHub) -> None:
    _, wire = made.connected("fleet")
    wire.waiting = made.hub.limits.hold_bytes + 1
    for _ in range(20):
        made.past.tell(made.fan_out, "fleet", text="x" * 60_000)
        made.fan_out.flush()
    await asyncio.sleep(2 * HELD_S)
    assert wire.aborted


async def test_a_client_that_does_not_answer_a_close_is_cut_off(made: MadeUpHub) -> None:
    session, wire = made.connected()
    made.hub.replaced(session.connection, "newer")
    made.after(5.1)
    assert wire.aborted


async def test_a_socket_that_ends_is_told_to_the_log_and_forgotten(made: MadeUpHub) -> None:
    session, _ = made.connected("fleet")
    session.gone("closed")
    assert made.asked.of("connection_close_requested")[0].why == "closed"
    assert (made.hub.sessions, made.hub.live) == ({}, 0)
    assert not made.fan_out.listened("fleet")


async def test_groups_are_told_to_the_log_together_when_they_have_changed(made: MadeUpHub) -> None:
    session, _ = made.connected("fleet", "device:7")
    made.after(1)
    say(session, type="leave", groups=["device:7"])
    made.after(1)
    made.after(1)
    assert [each.groups for each in made.asked.of("group_join_requested")] == [("fleet", "device:7")]
    assert [each.groups for each in made.asked.of("group_leave_requested")] == [("device:7",)]


async def test_a_connection_in_as_many_groups_as_it_may_be_leaves_before_it_joins_others(made: MadeUpHub) -> None:
    session, _ = made.connected("device:1")
    made.after(1)
    say(session, type="leave", groups=["device:1"])
    say(session, type="join", groups=[{"group": "device:2"}])
    made.after(1)
    assert [request.type for _, request in made.asked.requests[-2:]] == [
        "group_leave_requested",
        "group_join_requested",
    ]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"type": "ping"}, id="frames"),
        pytest.param({"type": "leave", "groups": ["fleet"] * 9}, id="groups"),
        pytest.param({"type": "renew", "token": "forged"}, id="renewals"),
        pytest.param({"type": "join", "groups": [{"group": "fleet", "after": {}}]}, id="what was missed of the fleet"),
    ],
)
async def test_who_says_too_much_is_read_no_faster_until_it_is_paid(said: dict[str, Any]) -> None:
    made = MadeUpHub(Limits(said_at_once=10, said_per_s=10))
    session, _ = made.connected()
    for _ in range(10):
        say(session, **said)
    over_s = session.pause_s()
    made.after(110)
    assert over_s > 0 > session.pause_s()


async def test_who_comes_back_to_a_thousand_groups_is_not_kept_waiting(made: MadeUpHub) -> None:
    session, _ = made.connected()
    for begin in range(0, 1000, 20):
        wanted = [{"group": f"device:{begin + each}", "epoch": "e1", "after": {}} for each in range(20)]
        say(session, type="join", groups=wanted)
    assert session.pause_s() < 0


async def test_a_node_has_no_room_for_more_than_the_log_takes() -> None:
    made = MadeUpHub(Limits(connections=3))
    made.asked.not_taken = 3
    assert made.hub.full()


async def test_a_node_that_reads_its_own_loss_closes_all_and_is_another_one(made: MadeUpHub) -> None:
    _, wire = made.connected()
    before = made.hub.node
    made.hub.lost()
    assert wire.closed == 4004
    assert made.hub.node != before


async def test_a_node_that_ends_says_when_to_come_back(made: MadeUpHub) -> None:
    _, wire = made.connected()
    made.hub.close_all(CloseCode.GOING_AWAY)
    assert wire.told[-1]["after_s"] == 5


async def test_the_log_lines_tell_who_came_and_went(made: MadeUpHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    session, _ = made.connected()
    made.hub.replaced(session.connection, "newer")
    told = [line.split(":")[0] for line in caplog.messages]
    assert told == ["Token validation", "Total clients", "Closing existing connection", "Total clients"]
    assert caplog.messages[-1] == "Total clients: 0"


async def test_each_look_at_a_token_is_logged_with_its_result(
    made: MadeUpHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    session, _ = made.connected()
    late = made.token()
    for token in (made.token(), "forged"):
        say(session, type="renew", token=token)
    made.clock.at += 300
    say(session, type="renew", token=late)
    told = [line.removesuffix(f"connection={session.connection}") for line in caplog.messages if "Token" in line]
    assert told == [
        *("Token validation: valid, user=ann ",) * 2,
        *("Token validation: malformed, ", "Token validation: expired, "),
    ]


async def test_ten_thousand_with_the_same_rights_share_them(made: MadeUpHub) -> None:
    first, _ = made.connected()
    second, _ = made.connected(user="bob")
    assert first.patterns is second.patterns


async def test_a_connection_may_be_in_so_many_groups_and_no_more() -> None:
    made = MadeUpHub(Limits(groups=2))
    _, wire = made.connected("device:1", "device:2", "device:3")
    assert wire.told[-1]["code"] == "too_many_groups"
