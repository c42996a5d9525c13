"""Closing the connections that a lost node held: each owner of users sees to its own users', also after a claim.

What is to be done is read off the states again and again, so nothing has to be remembered over a claim, a lost request
or a broker that was away: a node that own users are connected to is followed from the partition's end on, and then its
owner is asked once whether it is lost already. Either says so from there on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.connection.requests import ConnectionCloseRequested, NodeLossRequested
from schemas.connection.subjects import NODE, node_of, subject_of_node
from schemas.partitioner import partition_of
from schemas.story import counted
from schemas.topics import CONNECTION
from streams.connection.node import says_lost
from streams.connection.state import Registered, User
from streams.log.event_reading import decoded
from streams.log.ports import LogError, LogRecord
from streams.log.topic_client import Fetched
from streams.ownership.publishing import Publish

LOOK_S = 2.0
"""How often the states are looked through."""
OF_NODES = NODE.encode()

log = logging.getLogger(__name__)


class Held(NamedTuple):
    """A live connection of an own user."""

    user: str
    connection: str


Homes = Mapping[str, Sequence[Held]]
"""The live connections of own users, by the node that holds them."""


class ConnectionLog(Protocol):
    """The events of all partitions; one question at a time. It waits by itself while brokers are away."""

    topic: str

    async def partitions(self) -> int:
        """How many there are."""

    async def end(self, partition: int) -> int:
        """The offset that the next event will have."""

    async def fetch_each(self, positions: Mapping[int, int]) -> dict[int, Fetched]:
        """The next batches of some partitions, a moment later if there are none; raises LogError."""

    async def close(self) -> None:
        """Let go of the brokers until the next question."""


def homes_in(owned: Iterable[Mapping[str, Registered]]) -> Homes:
    """Where the own users are connected, by the states of the partitions that are owned."""
    homes: dict[str, list[Held]] = defaultdict(list)
    for states in owned:
        for key, known in states.items():
            if isinstance(known, User) and known.live is not None:
                homes[known.live.node].append(Held(key, known.live.id))
    return homes


def lost_in(records: Sequence[LogRecord]) -> set[str]:
    """The nodes that these events call lost."""
    of_nodes = (record for record in records if (record.key or b"").startswith(OF_NODES))
    told = (counted(record.offset, record.value) for record in of_nodes)
    return {node_of(each.subject) or "" for each in told if each is not None and says_lost(each)}


def closings_of(homes: Homes, lost: Collection[str]) -> list[Publish]:
    """What is to be asked, because these nodes are lost; asked again it changes nothing."""
    return [
        Publish(
            CONNECTION,
            held.user,
            f"lost:{held.connection}",
            ConnectionCloseRequested(connection=held.connection, why="node_lost"),
        )
        for node in lost
        for held in homes.get(node, ())
    ]


class LostNodes:
    """Follows the nodes that own users are connected to; without any it asks the brokers nothing.

    owned: the states of the partitions that are owned at the moment. publish: puts a request into the log.
    """

    def __init__(
        self,
        events: ConnectionLog,
        owned: Callable[[], Iterable[Mapping[str, Registered]]],
        publish: Callable[[Publish], None],
    ) -> None:
        self._events = events
        self._owned = owned
        self._publish = publish
        self._positions: dict[int, int] = {}
        self._asked: set[str] = set()
        self._lost: set[str] = set()

    async def follow(self) -> None:
        """Until cancelled; whatever goes wrong, all is asked anew."""
        try:
            while True:
                try:
                    await self._look()
                except Exception as error:  # it must never end: users would stay connected to nobody
                    log.warning("lost nodes: beginning again (%s)", error, exc_info=not isinstance(error, LogError))
                    await self._forget()
                    await asyncio.sleep(LOOK_S)
        finally:
            await self._events.close()

    async def _look(self) -> None:
        """Look through the states once, then read for a while, or until a node is lost."""
        homes = homes_in(self._owned())
        if not homes:
            await self._forget()
            await asyncio.sleep(LOOK_S)
            return
        self._asked &= homes.keys()
        self._lost &= homes.keys()
        for node in homes.keys() - self._asked:
            await self._ask(node)
        for closing in closings_of(homes, self._lost):
            self._publish(closing)
        await self._read()

    async def _ask(self, node: str) -> None:
        """First its partition is followed, so that a loss is read whenever it comes."""
        subject = subject_of_node(node)
        partition = partition_of(subject.encode(), await self._events.partitions())
        if partition not in self._positions:
            self._positions[partition] = await self._events.end(partition)
        self._publish(Publish(CONNECTION, subject, f"loss:{node}", NodeLossRequested()))
        self._asked.add(node)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + LOOK_S
        while loop.time() < until:
            fetched = await self._events.fetch_each(self._positions)
            records = [record for each in fetched.items() for record in self._take(*each)]
            if lost := lost_in(records) & self._asked - self._lost:
                self._lost |= lost
                log.warning("lost nodes: %s; the connections there are closed", ", ".join(sorted(lost)))
                return

    def _take(self, partition: int, fetched: Fetched) -> Sequence[LogRecord]:
        records, self._positions[partition] = decoded(fetched, f"{self._events.topic}[{partition}]")
        return records

    async def _forget(self) -> None:
        self._positions.clear()
        self._asked.clear()
        self._lost.clear()
        await self._events.close()
