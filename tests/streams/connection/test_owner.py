"""The owner of connections and nodes: what falls due, and when it must not yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.connection.requests import ConnectionRequested, NodeSeen
from schemas.envelope import NO_CONTEXT, Position, decode_event, encode_event, encode_request
from schemas.marks import PARTITION
from schemas.message import PartitionClaimed, Request
from schemas.topics import CONNECTION
from streams.connection.keyed import connection_decider
from streams.connection.state import Registered
from streams.log.ports import LogRecord, RequestBatch
from streams.ownership.keyed_owner import KeyedOwner
from streams.ownership.tenure import Inheritance, Tenure

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TENURE = Tenure(topic=CONNECTION.events, partition=0, partitions=1, claim="a" * 16, installation_id="tests")
SEEN = NodeSeen(address="ws://h:1")


class Stage:
    """A partition with its log; its owner has claimed it. Time is given in seconds since NOW."""

    def __init__(self, log: list[bytes] | None = None, claimed_at: float = 0.0) -> None:
        self.log = log or []
        self.asked = sum(decode_event(value).decides is not None for value in self.log)
        self.at = NOW + timedelta(seconds=claimed_at)
        marker = PartitionClaimed(
            generation=1 + sum(b"partition_claimed" in value for value in self.log),
            claim=TENURE.claim,
            owner="w",
            schema_level=1,
            partitions=1,
            installation="i",
        )
        where, at = Position(CONNECTION.events, 0, len(self.log)), NOW.isoformat()
        self.log.append(encode_event(marker, where, PARTITION, at, TENURE.claim, "", None, NO_CONTEXT))
        self.owner = self.folded()
        self.owner.begin(self.at, Inheritance())

    def folded(self) -> KeyedOwner[Registered]:
        """Another owner, of what the log says."""
        owner = KeyedOwner(TENURE, connection_decider())
        for offset, value in enumerate(self.log):
            owner.fold(offset, decode_event(value))
        return owner

    def ask(self, request: Request, key: str = "node:n1") -> None:
        value = encode_request("asked", request.type, key, "tests", request, time=NOW)
        record = LogRecord(self.asked, 0, key.encode(), value)
        self.owner.requests(RequestBatch(self.asked, self.asked + 1, [record]), self.at)
        self.asked += 1
        self.settle()

    def settle(self) -> None:
        """The log takes everything."""
        while records := self.owner.take(1_000_000):
            base = len(self.log)
            self.log += [value for _, value in records]
            self.owner.acked(base)

    def until(self, seconds: float) -> float | None:
        """Time passes as it does for a process at work; when the owner wants to be called next."""
        end = NOW + timedelta(seconds=seconds)
        while (due := self.owner.due(self.at)) is not None and due <= end:
            self.at = max(due, self.at)
        self.settle()
        self.at = end
        return None if due is None else (due - NOW).total_seconds()

    def sleep(self, seconds: float) -> None:
        """The process stands still."""
        self.at = NOW + timedelta(seconds=seconds)
        self.owner.due(self.at)
        self.settle()

    def lost(self) -> bool:
        return decode_event(self.log[-1]).type == "node_lost"


def test_a_node_that_was_silent_for_half_a_minute_is_lost() -> None:
    on = Stage()
    on.ask(SEEN)
    assert (on.until(29.9), on.lost()) == (30.0, False)
    assert (on.until(30), on.lost()) == (None, True)
    assert decode_event(on.log[-1]).cause == "due:node_lost"


def test_a_node_that_is_seen_in_time_is_not_lost() -> None:
    on = Stage()
    for at in range(0, 120, 10):
        on.until(at)
        on.ask(SEEN)
    assert on.until(139) == 140.0
    assert not on.lost()


@pytest.mark.parametrize("claimed_at", [31.0, 100.0], ids=["just then", "long after"])
def test_a_new_owner_reads_what_lies_in_the_log_before_it_gives_a_node_up(claimed_at: float) -> None:
    before = Stage()
    before.ask(SEEN)
    on = Stage(before.log, claimed_at)
    assert (on.until(claimed_at + 29), on.lost()) == (claimed_at + 30, False)
    on.ask(SEEN)
    assert (on.until(claimed_at + 31), on.lost()) == (claimed_at + 59, False)


def test_a_node_that_stays_silent_under_a_new_owner_is_lost() -> None:
    before = Stage()
    before.ask(SEEN)
    on = Stage(before.log, claimed_at=100.0)
    on.until(131)
    assert on.lost()


def test_an_owner_that_stood_still_reads_what_lies_in_the_log_first() -> None:
    on = Stage()
    on.ask(SEEN)
    on.until(5)
    on.sleep(3600)
    assert not on.lost()
    on.ask(SEEN)
    assert (on.until(3625), on.lost()) == (3630.0, False)


def test_a_node_that_stays_silent_after_a_standstill_is_lost() -> None:
    on = Stage()
    on.ask(SEEN)
    on.until(5)
    on.sleep(3600)
    on.until(3631)
    assert on.lost()


def test_an_owner_that_leaves_gives_nobody_up() -> None:
    on = Stage()
    on.ask(SEEN)
    on.owner.leave()
    on.until(60)
    assert not on.lost()


def test_what_is_folded_is_what_was_decided() -> None:
    on = Stage()
    on.ask(SEEN)
    for number in range(5):
        on.ask(ConnectionRequested(connection=f"c{number}", node="n1", kind="sse"), "ana")
    on.until(31)
    assert on.folded().states == on.owner.states
