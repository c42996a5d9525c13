from __future__ import annotations

from collections.abc import Callable

import pytest

from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, moment

Act = Callable[[Scribe, str], object]
OPENED = {"node": "n1", "kind": "websocket", "returns": None}


def hub() -> Scribe:
    scribe = Scribe()
    scribe.claim()
    return scribe


def open_(scribe: Scribe, connection: str) -> int:
    """Have a connection opened; the request."""
    asked = scribe.ask("connection_requested", {"connection": connection, "node": "n1", "kind": "websocket"})
    scribe.tell("connection_opened", OPENED | {"connection": connection}, decides=asked)
    return asked


def replace(scribe: Scribe, connection: str, by: str, asked: int) -> None:
    scribe.tell("connection_replaced", {"connection": connection, "by": by}, cause=f"request:{asked}")


def close(scribe: Scribe, connection: str) -> None:
    asked = scribe.ask("connection_close_requested", {"connection": connection, "why": "gone"})
    scribe.tell("connection_closed", {"connection": connection, "why": "gone"}, decides=asked)


def join(scribe: Scribe, connection: str) -> None:
    asked = scribe.ask("group_join_requested", {"connection": connection, "groups": ["fleet"]})
    scribe.tell("group_joined", {"connection": connection, "groups": ["fleet"]}, decides=asked)


def test_connections_that_come_and_go_one_by_one_are_right() -> None:
    scribe = hub()
    open_(scribe, "a")
    join(scribe, "a")
    replace(scribe, "a", "b", open_(scribe, "b"))
    close(scribe, "b")
    open_(scribe, "c")
    assert scribe.broken() == set()


def test_a_second_live_connection_at_the_end_of_the_log_is_found() -> None:
    scribe = hub()
    open_(scribe, "a")
    open_(scribe, "b")
    assert scribe.broken() == {Rule.CONNECTION_TWICE}


@pytest.mark.parametrize("next_", [open_, close, join])
def test_a_second_live_connection_is_found_whatever_comes_next(next_: Act) -> None:
    scribe = hub()
    open_(scribe, "a")
    open_(scribe, "b")
    next_(scribe, "b" if next_ is not open_ else "c")
    assert scribe.broken() == {Rule.CONNECTION_TWICE}


def test_another_connection_that_is_replaced_is_found() -> None:
    scribe = hub()
    open_(scribe, "a")
    replace(scribe, "x", "b", open_(scribe, "b"))
    assert scribe.broken() == {Rule.CONNECTION_NOT_LIVE}


def test_a_live_connection_that_is_opened_again_is_found() -> None:
    scribe = hub()
    open_(scribe, "a")
    replace(scribe, "a", "a", open_(scribe, "a"))
    assert scribe.broken() == {Rule.CONNECTION_NOT_LIVE}


@pytest.mark.parametrize("act", [close, join])
def test_what_an_ended_connection_does_is_found(act: Act) -> None:
    scribe = hub()
    open_(scribe, "a")
    close(scribe, "a")
    act(scribe, "a")
    assert scribe.broken() == {Rule.CONNECTION_NOT_LIVE}


def see(scribe: Scribe) -> None:
    asked = scribe.ask("node_seen", {"address": "x"}, subject="node:n1")
    data = {"address": "x", "lost_at": moment(scribe.at + 30)}
    scribe.tell("node_recorded", data, decides=asked, subject="node:n1")


def lose(scribe: Scribe) -> None:
    scribe.tell("node_lost", {}, subject="node:n1", cause="due:node_lost")


def test_a_node_that_is_lost_in_time_is_right() -> None:
    scribe = hub()
    see(scribe)
    scribe.at = 30
    lose(scribe)
    assert scribe.broken() == set()


def test_a_node_that_is_lost_too_soon_is_found() -> None:
    scribe = hub()
    see(scribe)
    scribe.at = 29
    lose(scribe)
    assert scribe.broken() == {Rule.NODE_LOST}


@pytest.mark.parametrize("next_", [see, lose])
def test_what_a_lost_node_does_is_found(next_: Callable[[Scribe], None]) -> None:
    scribe = hub()
    lose(scribe)
    next_(scribe)
    assert scribe.broken() == {Rule.NODE_LOST}


def test_what_began_before_the_log_is_not_held_against_it() -> None:
    scribe = hub()
    open_(scribe, "a")
    replace(scribe, "a", "b", open_(scribe, "b"))
    close(scribe, "b")
    scribe.events, scribe.requests = scribe.events[2:], scribe.requests[1:]
    assert scribe.broken() <= {Rule.CLAIM_CONTINUED}
