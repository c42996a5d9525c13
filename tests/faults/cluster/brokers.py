"""Three brokers that clients, and each other, reach only through the network of a test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mendline.embedded.kafka import KafkaNode
from mendline.embedded.kafka_properties import NodePlan
from mendline.embedded.ports import ReservedPort, reserve
from tests.faults.cluster.network import Way

NODES = (1, 2, 3)


class Brokers:
    """The nodes, and the ways to them."""

    def __init__(self, folder: Path, class_path: str, ports: list[ReservedPort]) -> None:
        self._ports = ports
        ports_of = {node: (self._port(), self._port(), self._port()) for node in NODES}
        fronts = [Way(None, node, front, port) for node, (front, port, _) in ports_of.items()]
        between = [Way(a, b, self._port(), ports_of[b][2]) for a in NODES for b in NODES if a != b]
        self.ways = (*fronts, *between)
        self.nodes: dict[int, KafkaNode] = {}
        for node, (front, port, controller) in ports_of.items():
            # Each reaches the others' controllers on ways of its own: it can be cut off from them alone.
            voters = {node: controller} | {way.node: way.listen for way in between if way.source == node}
            plan = NodePlan(node, folder / f"node-{node}", port, dict(sorted(voters.items())), front)
            self.nodes[node] = KafkaNode(plan, class_path)

    @property
    def bootstrap(self) -> str:
        """The addresses for clients to start from."""
        return ",".join(node.plan.address for node in self.nodes.values())

    async def start(self, *numbers: int) -> None:
        """Start nodes at once and wait until they answer."""
        await asyncio.gather(*(asyncio.to_thread(self._start, self.nodes[number]) for number in numbers))

    async def kill(self, *numbers: int) -> None:
        """`kill -9` nodes at once."""
        await asyncio.gather(*(asyncio.to_thread(self.nodes[number].kill) for number in numbers))

    async def stop(self, number: int) -> None:
        """End a node in order."""
        await asyncio.to_thread(self.nodes[number].stop)

    def _start(self, node: KafkaNode) -> None:
        node.start()
        node.wait_ready()

    def _port(self) -> int:
        self._ports.append(reserve())
        return self._ports[-1].number


@contextmanager
def brokers_in(folder: Path, class_path: str) -> Iterator[Brokers]:
    """Brokers that do not run yet, and do not outlive the context."""
    ports: list[ReservedPort] = []
    brokers = Brokers(folder, class_path, ports)
    try:
        yield brokers
    finally:
        for node in brokers.nodes.values():
            node.kill()
        for port in ports:
            port.release()
