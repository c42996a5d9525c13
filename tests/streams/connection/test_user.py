"""One live connection a user, the newest by log order; what ended never comes back."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.connection import ConnectionEvent, ConnectionStreamRequest
from schemas.connection.events import (
    ConnectionClosed,
    ConnectionOpened,
    ConnectionReplaced,
    GroupJoined,
    GroupLeft,
)
from schemas.connection.requests import CloseReason, ConnectionRequested, NodeSeen
from schemas.message import RequestAlreadyDone
from streams.connection.decider import INITIAL, evolve
from streams.connection.ended import MOST, SIZE
from streams.connection.state import LINEAGE, User
from tests.streams.connection.history import Decided, closing, joining, leaving, opening, refusals


def after(*requests: ConnectionStreamRequest) -> Decided:
    decided = Decided()
    decided.ask(*requests)
    return decided


def done(reason: str, type_: str) -> RequestAlreadyDone:
    return RequestAlreadyDone(reason=reason, request_type=type_, request_id="asked")


def test_the_first_connection_is_opened() -> None:
    assert Decided().ask(opening("a")) == [ConnectionOpened(connection="a", node="n1", kind="websocket")]


def test_a_newer_connection_replaces_the_older_in_the_same_decision() -> None:
    assert after(opening("a")).ask(opening("b", "n2")) == [
        ConnectionOpened(connection="b", node="n2", kind="websocket"),
        ConnectionReplaced(connection="a", by="b"),
    ]


def test_a_connection_that_is_live_is_not_opened_again() -> None:
    assert after(opening("a")).ask(opening("a")) == [done("live", "connection_requested")]


@pytest.mark.parametrize("end", [opening("b"), closing("a"), closing(None, "disconnected")])
def test_a_late_copy_of_a_request_does_not_open_again_what_ended(end: ConnectionStreamRequest) -> None:
    decided = after(opening("a"), end)
    live = decided.live
    assert (refusals(decided.ask(opening("a"))), decided.live) == (["not_live"], live)


@pytest.mark.parametrize("named", ["a", None], ids=["by id", "whichever is live"])
@pytest.mark.parametrize("why", get_args(CloseReason))
def test_a_live_connection_is_closed(named: str | None, why: CloseReason) -> None:
    assert after(opening("a")).ask(closing(named, why)) == [ConnectionClosed(connection="a", why=why)]


@pytest.mark.parametrize("named", ["a", None], ids=["by id", "whichever is live"])
def test_what_is_closed_already_stays_closed(named: str | None) -> None:
    assert after(opening("a"), closing("a")).ask(closing(named)) == [done("closed", "connection_close_requested")]


def test_closing_a_replaced_connection_leaves_the_newer_one_live() -> None:
    decided = after(opening("a"), opening("b"))
    assert decided.ask(closing("a")) == [done("closed", "connection_close_requested")]
    assert decided.live is not None


def test_a_user_who_never_connected_has_nothing_to_close() -> None:
    assert Decided().ask(closing(None)) == [done("closed", "connection_close_requested")]


def test_groups_are_joined_and_left() -> None:
    decided = after(opening("a"))
    assert decided.ask(joining("a", "fleet", "user:ana")) == [GroupJoined(connection="a", groups=("fleet", "user:ana"))]
    assert decided.ask(leaving("a", "fleet")) == [GroupLeft(connection="a", groups=("fleet",))]
    assert decided.live is not None
    assert decided.live.groups == {"user:ana"}


def test_groups_that_it_is_in_are_not_joined_again_nor_others_left() -> None:
    decided = after(opening("a"), joining("a", "fleet"))
    assert decided.ask(joining("a", "fleet")) == [done("joined", "group_join_requested")]
    assert decided.ask(leaving("a", "user:ana")) == [done("left", "group_leave_requested")]


def test_groups_of_which_it_is_in_some_are_joined_and_left_all_the_same() -> None:
    decided = after(opening("a"), joining("a", "fleet"), joining("a", "fleet", "user:ana"), leaving("a", "fleet", "x"))
    assert decided.live is not None
    assert decided.live.groups == {"user:ana"}


@pytest.mark.parametrize("request_", [joining("a", "fleet"), leaving("a", "fleet")], ids=["join", "leave"])
@pytest.mark.parametrize("end", [opening("b"), closing("a")], ids=["replaced", "closed"])
def test_an_ended_connection_joins_and_leaves_nothing(
    end: ConnectionStreamRequest, request_: ConnectionStreamRequest
) -> None:
    assert refusals(after(opening("a"), end).ask(request_)) == ["not_live"]


def test_the_newer_connection_is_in_no_group_of_the_older() -> None:
    decided = after(opening("a"), joining("a", "fleet"), opening("b"))
    assert decided.live is not None
    assert decided.live.groups == set()


def test_a_connection_is_in_no_more_than_a_thousand_groups() -> None:
    decided = after(opening("a"), *(joining("a", *(f"device:{n}-{m}" for m in range(100))) for n in range(10)))
    assert refusals(decided.ask(joining("a", "fleet"))) == ["too_many_groups"]


@pytest.mark.parametrize("why", ["gone", "stale", "slow", "expired", "node_lost", "shutdown", "closed"])
def test_a_client_comes_back_for_what_was_closed(why: CloseReason) -> None:
    opened = after(opening("a"), closing("a", why)).ask(opening("b", returns="a"))
    assert opened == [ConnectionOpened(connection="b", node="n1", kind="websocket", returns="a")]


@pytest.mark.parametrize("end", [opening("b"), closing("a", "disconnected")], ids=["replaced", "disconnected"])
def test_a_client_does_not_come_back_for_what_was_ended_for_good(end: ConnectionStreamRequest) -> None:
    assert refusals(after(opening("a"), end).ask(opening("c", returns="a"))) == ["replaced"]


def test_a_client_comes_back_for_what_is_still_live() -> None:
    opened = after(opening("a")).ask(opening("b", returns="a"))
    assert opened[1:] == [ConnectionReplaced(connection="a", by="b")]


def test_a_client_comes_back_again_for_the_same_until_it_has_heard_of_a_newer_one() -> None:
    decided = after(opening("a"), opening("b", returns="a"), opening("c", returns="a"))
    assert decided.live is not None
    assert (decided.live.id, decided.live.line) == ("c", ("a", "b", "c"))


@pytest.mark.parametrize("returns", ["a", "b"])
def test_a_client_whose_stand_in_was_replaced_does_not_come_back_for_any_of_its_line(returns: str) -> None:
    decided = after(opening("a"), opening("b", returns="a"), opening("other"))
    assert refusals(decided.ask(opening("c", returns=returns))) == ["replaced"]


@pytest.mark.parametrize("returns", ["a", "b"])
def test_a_client_whose_stand_in_was_closed_comes_back_for_any_of_its_line(returns: str) -> None:
    decided = after(opening("a"), opening("b", returns="a"), closing("b"))
    assert refusals(decided.ask(opening("c", returns=returns))) == []


def test_a_line_is_remembered_only_so_far_back() -> None:
    decided = after(opening("c0"), *(opening(f"c{n}", returns=f"c{n - 1}") for n in range(1, 50)))
    assert decided.live is not None
    assert decided.live.stands_for == tuple(f"c{n}" for n in range(49 - LINEAGE, 49))


def test_what_was_never_heard_of_may_come_back() -> None:
    assert refusals(Decided().ask(opening("b", returns="a"))) == []


def test_what_may_be_forgotten_does_not_come_back() -> None:
    decided = after(*(opening(f"c{number}") for number in range(MOST + 1)))
    assert refusals(decided.ask(opening("b", returns="never"))) == ["replaced"]


def test_what_is_remembered_of_ended_connections_is_bounded() -> None:
    known = after(*(opening(f"c{number}") for number in range(2 * MOST))).known
    assert isinstance(known, User)
    assert len(known.ended) == SIZE * MOST


@pytest.mark.parametrize("request_", [opening("a"), closing("a"), joining("a", "fleet"), leaving("a", "fleet")])
def test_what_is_asked_of_a_user_is_not_asked_of_a_node(request_: ConnectionStreamRequest) -> None:
    assert refusals(Decided("node:n1").ask(request_)) == ["invalid"]


@pytest.mark.parametrize("subject", ["ana", "node:", "node:a/b", "node:" + "n" * 65])
def test_what_is_asked_of_a_node_is_not_asked_of_a_user(subject: str) -> None:
    assert refusals(Decided(subject).ask(NodeSeen(address="x"))) == ["invalid"]


IDS = st.sampled_from([f"c{number}" for number in range(6)])
ACTS = st.one_of(
    st.builds(opening, IDS, st.sampled_from(["n1", "n2"]), st.none() | IDS),
    st.builds(closing, st.none() | IDS, st.sampled_from(get_args(CloseReason))),
    st.builds(lambda c: joining(c, "fleet"), IDS),
    st.builds(lambda c: leaving(c, "fleet"), IDS),
)


@given(st.lists(ACTS, max_size=40))
def test_whatever_is_asked_in_whatever_order_only_the_newest_opened_is_live(
    asked: list[ConnectionStreamRequest],
) -> None:
    decided, live = Decided(), []
    for request in asked:
        for event in decided.ask(request):
            match event:
                case ConnectionOpened(connection=connection):
                    live.append(connection)
                case ConnectionReplaced(connection=connection) | ConnectionClosed(connection=connection):
                    live.remove(connection)
        assert live == ([] if not decided.known or decided.live is None else [decided.live.id])


@given(st.permutations([opening(f"c{n}", f"n{n % 2}") for n in range(20)]), st.integers(0, 18))
def test_of_many_that_connect_at_once_over_two_nodes_the_last_in_the_log_is_left(
    asked: list[ConnectionRequested], copied: int
) -> None:
    late: list[ConnectionStreamRequest] = [*(closing(each.connection) for each in asked[:-1]), asked[copied]]
    decided = after(*asked, *late)
    assert decided.live is not None
    assert decided.live.id == asked[-1].connection


@pytest.mark.parametrize(
    "event",
    [
        ConnectionClosed(connection="a", why="gone"),
        GroupJoined(connection="a", groups=("fleet",)),
        GroupLeft(connection="a", groups=("fleet",)),
    ],
)
def test_what_a_trimmed_log_tells_of_an_unknown_connection_changes_nothing(event: ConnectionEvent) -> None:
    assert evolve(INITIAL, event) == User()
