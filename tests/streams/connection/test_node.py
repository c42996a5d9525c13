"""A node is at work while it says so; silent for 30 s it is lost, for ever."""

from __future__ import annotations

from datetime import timedelta

from schemas.connection.events import NodeRecorded
from schemas.connection.requests import NodeLossRequested, NodeSeen
from schemas.message import RequestAlreadyDone
from streams.connection.decider import due_at, evolve, fall_due
from streams.connection.state import Node
from tests.streams.connection.history import NOW, Decided, refusals

SEEN = NodeSeen(address="ws://h:1")


def test_a_node_that_is_seen_counts_as_lost_half_a_minute_later() -> None:
    assert Decided("node:n1").ask(SEEN) == [NodeRecorded(address="ws://h:1", lost_at=NOW + timedelta(seconds=30))]


def test_a_node_that_is_seen_again_is_lost_that_much_later() -> None:
    decided = Decided("node:n1")
    decided.ask(SEEN)
    decided.wait(10)
    decided.ask(SEEN)
    assert due_at(decided.known) == NOW + timedelta(seconds=40)


def test_a_lost_node_never_comes_back() -> None:
    decided = Decided("node:n1", Node(NOW))
    decided.known = evolve(decided.known, fall_due(decided.known))
    assert (refusals(decided.ask(SEEN)), due_at(decided.known)) == (["node_lost"], None)


def test_whoever_asks_is_told_that_a_node_is_lost() -> None:
    answered = Decided("node:n1", Node(None)).ask(NodeLossRequested())
    assert answered == [RequestAlreadyDone(reason="lost", request_type="node_loss_requested", request_id="asked")]


def test_whoever_asks_is_told_that_a_node_is_at_work() -> None:
    assert refusals(Decided("node:n1", Node(NOW)).ask(NodeLossRequested())) == ["node_alive"]


def test_a_node_that_was_never_seen_has_half_a_minute_once_somebody_asks() -> None:
    decided = Decided("node:n1")
    assert decided.ask(NodeLossRequested()) == [NodeRecorded(lost_at=NOW + timedelta(seconds=30))]
    assert refusals(decided.ask(SEEN)) == []


def test_users_have_no_due_time() -> None:
    assert due_at(None) is None
