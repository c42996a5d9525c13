"""What may be asked of a user's connection, and of a node."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.connection.requests import ConnectionRequested, GroupJoinRequested
from schemas.connection.subjects import node_of, subject_of_node
from schemas.device.check import InvalidRequestError, parse_request

ASKED: dict[str, Any] = {"connection": "c1", "node": "n1", "kind": "sse"}


def test_a_connection_that_stands_in_for_none_needs_not_say_so() -> None:
    request = parse_request("connection_requested", ASKED)
    assert request == ConnectionRequested(connection="c1", node="n1", kind="sse", returns=None)


def test_groups_are_read_in_the_order_in_which_they_were_written() -> None:
    request = parse_request("group_join_requested", {"connection": "c1", "groups": ["fleet", "client:a/b"]})
    assert request == GroupJoinRequested(connection="c1", groups=("fleet", "client:a/b"))


@pytest.mark.parametrize(
    ("type_", "wrong", "said"),
    [
        ("connection_requested", ASKED | {"kind": "telnet"}, "\"kind\" should be 'websocket' or 'sse'"),
        ("connection_requested", ASKED | {"connection": ""}, '"connection" should match pattern'),
        ("connection_requested", ASKED | {"node": "n:1"}, '"node" should match pattern'),
        ("connection_close_requested", {"why": "bored"}, '"why" should be'),
        ("group_join_requested", {"connection": "c1", "groups": []}, '"groups" should name 1 to 100 groups'),
        ("group_join_requested", {"connection": "c1", "groups": ["a", "a"]}, '"groups" should name 1 to 100 groups'),
        ("group_leave_requested", {"connection": "c1", "groups": ["Fleet"]}, '"groups.0" should match pattern'),
        ("node_seen", {"address": ""}, '"address" should have at least 1 character'),
    ],
)
def test_what_is_wrong_is_said(type_: str, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse_request(type_, wrong)
    assert said in raised.value.detail


def test_more_groups_than_a_request_may_name_are_refused() -> None:
    groups = [f"device:{number}" for number in range(101)]
    with pytest.raises(InvalidRequestError, match="should name 1 to 100 groups"):
        parse_request("group_join_requested", {"connection": "c1", "groups": groups})


def test_a_node_and_a_user_are_told_apart_by_the_stream() -> None:
    assert (node_of(subject_of_node("n1")), node_of("ana"), node_of("nodes")) == ("n1", None, None)
