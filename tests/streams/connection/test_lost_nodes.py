"""What lost nodes held is closed, by whoever owns the users; who owns none asks the brokers nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from schemas.connection.events import NodeLost, NodeRecorded
from schemas.connection.subjects import subject_of_node
from schemas.envelope import NO_CONTEXT, Position, encode_event
from schemas.message import Event, RequestAlreadyDone, RequestRefused
from schemas.partitioner import partition_of
from streams.connection import lost_nodes
from streams.connection.lost_nodes import Homes, LostNodes, closings_of, homes_in
from streams.connection.state import Connection, Node, Registered, User
from streams.log.ports import LogError
from streams.log.topic_client import Fetched
from streams.ownership.publishing import Publish
from tests.streams.connection.history import NOW

PARTITIONS = 4
LOST = RequestAlreadyDone(reason="lost", request_type="node_loss_requested", request_id="a")
ALIVE = RequestRefused(reason="node_alive", detail="it is", request_type="node_loss_requested", request_id="a")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # many things may make it hold
            await asyncio.sleep(0.002)


def on(node: str, connection: str = "c1") -> User:
    return User(Connection(connection, node, "websocket"))


class MadeUpLog:
    """The events of nodes as a test writes them; counts what is asked of it."""

    topic = "connection-events"

    def __init__(self) -> None:
        self.batches: dict[int, list[bytes]] = {p: [] for p in range(PARTITIONS)}
        self.asked = 0
        self.broken = False

    def tell(self, node: str, event: Event, *, counts: bool = True) -> None:
        subject = subject_of_node(node)
        partition = partition_of(subject.encode(), PARTITIONS)
        offset = len(self.batches[partition])
        position = Position(self.topic, partition, offset if counts else offset + 1)
        value = encode_event(event, position, subject, NOW.isoformat(), "a" * 16, "", None, NO_CONTEXT)
        builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 10_000)
        builder.append(0, 0, subject.encode(), value, [])
        raw = bytearray(builder.build())
        raw[:8] = offset.to_bytes(8, "big")
        self.batches[partition].append(bytes(raw))

    async def partitions(self) -> int:
        self.asked += 1
        return PARTITIONS

    async def end(self, partition: int) -> int:
        self.asked += 1
        return len(self.batches[partition])

    async def fetch_each(self, positions: Mapping[int, int]) -> dict[int, Fetched]:
        self.asked += 1
        await asyncio.sleep(0.002)
        if self.broken:
            raise LogError("trimmed")
        return {p: Fetched(at, b"".join(self.batches[p][at:])) for p, at in positions.items()}

    async def close(self) -> None:
        """Nothing is open."""


class Worker:
    """A worker whose owned states a test sets, and what it puts into the log."""

    def __init__(self) -> None:
        self.log = MadeUpLog()
        self.states: dict[str, Registered] = {}
        self.put: list[Publish] = []

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        task = asyncio.create_task(LostNodes(self.log, lambda: [self.states], self.put.append).follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    def closed(self) -> set[str]:
        return {each.key for each in self.put if each.request.type == "connection_close_requested"}

    def asks(self) -> list[str]:
        return [each.key for each in self.put if each.request.type == "node_loss_requested"]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(lost_nodes, "LOOK_S", 0.01)
    return Worker()


def test_only_live_connections_are_looked_after() -> None:
    states: Mapping[str, Registered] = {"ana": on("n1", "a"), "budi": User(), "node:n1": Node(NOW), "cita": on("n2")}
    homes = homes_in([states, {"dewi": on("n1", "d")}])
    assert homes == {"n1": [("ana", "a"), ("dewi", "d")], "n2": [("cita", "c1")]}


def test_each_connection_on_a_lost_node_is_closed_by_its_own_id() -> None:
    homes: Homes = homes_in([{"ana": on("n1", "a"), "budi": on("n2", "b")}])
    (closing,) = closings_of(homes, {"n1", "n3"})
    assert (closing.key, closing.id) == ("ana", "lost:a")


async def test_a_node_that_is_lost_later_ends_what_it_held(worker: Worker) -> None:
    worker.states = {"ana": on("n1"), "budi": on("n2", "c2")}
    async with worker.following():
        await until(lambda: len(worker.asks()) == 2)
        worker.log.tell("n1", NodeLost())
        await until(lambda: worker.closed() == {"ana"})


async def test_a_node_that_was_lost_before_ends_what_it_held(worker: Worker) -> None:
    worker.log.tell("n1", NodeLost())
    worker.states = {"ana": on("n1")}
    async with worker.following():
        await until(lambda: worker.asks() == ["node:n1"])
        worker.log.tell("n1", LOST)
        await until(lambda: worker.closed() == {"ana"})


async def test_what_is_opened_on_a_lost_node_is_closed_too(worker: Worker) -> None:
    worker.states = {"ana": on("n1")}
    async with worker.following():
        await until(lambda: worker.asks() == ["node:n1"])
        worker.log.tell("n1", NodeLost())
        await until(lambda: worker.closed() == {"ana"})
        worker.states = {"ana": on("n1"), "budi": on("n1", "c2")}
        await until(lambda: worker.closed() == {"ana", "budi"})


async def test_a_node_at_work_keeps_its_connections_and_is_asked_about_once(worker: Worker) -> None:
    worker.states = {"ana": on("n1")}
    async with worker.following():
        await until(lambda: worker.asks() == ["node:n1"])
        for event in (ALIVE, NodeRecorded(address="x", lost_at=NOW)):
            worker.log.tell("n1", event)
        asked = worker.log.asked
        await until(lambda: worker.log.asked > asked + 20)
        assert (worker.closed(), worker.asks()) == (set(), ["node:n1"])


async def test_a_loss_that_does_not_count_ends_nothing(worker: Worker) -> None:
    worker.states = {"ana": on("n1")}
    async with worker.following():
        await until(lambda: worker.asks() == ["node:n1"])
        worker.log.tell("n1", NodeLost(), counts=False)
        asked = worker.log.asked
        await until(lambda: worker.log.asked > asked + 20)
        assert worker.closed() == set()


async def test_who_owns_no_connection_asks_the_brokers_nothing(worker: Worker) -> None:
    worker.states = {"ana": User(), "node:n1": Node(NOW)}
    async with worker.following():
        await asyncio.sleep(0.05)
    assert worker.log.asked == 0


async def test_after_trouble_with_the_log_every_node_is_asked_about_again(worker: Worker) -> None:
    worker.states = {"ana": on("n1")}
    async with worker.following():
        await until(lambda: worker.asks() == ["node:n1"])
        worker.log.broken = True
        await until(lambda: len(worker.asks()) > 1)
        worker.log.broken = False
        worker.log.tell("n1", NodeLost())
        worker.log.tell("n1", LOST)
        await until(lambda: worker.closed() == {"ana"})
