"""Apache Kafka as child processes: one KRaft node, or three for fault tests."""

from __future__ import annotations

import shutil
import signal
import socket
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from mendline.embedded.kafka_properties import (
    CLUSTER_ID,
    NodePlan,
    java_command,
    log4j_properties,
    server_properties,
)
from mendline.embedded.order import Order
from mendline.embedded.ports import LOOPBACK, ReservedPort, reserve
from mendline.embedded.server import Server

FORMAT_TIMEOUT_S = 60.0
START_TIMEOUT_S = 90.0
PROBE_TIMEOUT_S = 1.0
# ApiVersions (key 18, version 0, no client name): the first thing clients ask (KIP-35).
PROBE = struct.pack(">ihhih", 10, 18, 0, 1, -1)


class KafkaNode:
    """One Kafka node (broker and controller) in its folder, which outlives any kind of end."""

    def __init__(self, plan: NodePlan, class_path: str) -> None:
        self.plan = plan
        self._class_path = class_path
        self._server: Server | None = None

    @property
    def running(self) -> bool:
        """Whether the node's process lives."""
        return self._server is not None and self._server.running

    def start(self) -> None:
        """Start the node's process, formatting its folder first when it is new; raises SetupError."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        (self.plan.folder / "log4j2.properties").write_text(log4j_properties(self.plan))
        if not self.plan.log.exists():
            self._format()
        properties = self.plan.folder / "server.properties"
        properties.write_text(server_properties(self.plan, self.plan.log))
        self._server = self._run("kafka", "kafka.Kafka", str(properties))

    def wait_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait until the node answers requests; raises ServerStartError."""
        if self._server is not None:
            self._server.wait_until(lambda: _answers(self.plan.port), timeout_s)

    def stop(self) -> None:
        """End the node in order."""
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """End the node as a crash would."""
        if self._server is not None:
            self._server.kill()

    def pause(self) -> None:
        """Stop the node's process without ending it (SIGSTOP)."""
        if self._server is not None:
            self._server.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused node go on (SIGCONT)."""
        if self._server is not None:
            self._server.signal(signal.SIGCONT)

    def _format(self) -> None:
        # Under another name until it is whole: a folder called "log" is always a formatted one.
        half = self.plan.folder / "log-formatting"
        shutil.rmtree(half, ignore_errors=True)
        properties = self.plan.folder / "format.properties"
        properties.write_text(server_properties(self.plan, half))
        arguments = ("format", "-t", CLUSTER_ID, "-c", str(properties))
        run = self._run("format", "kafka.tools.StorageTool", *arguments)
        run.finish(FORMAT_TIMEOUT_S)
        half.replace(self.plan.log)

    def _run(self, name: str, *program: str) -> Server:
        folder = self.plan.folder
        order = Order(
            command=java_command(self.plan, self._class_path, *program),
            log=str(folder / f"{name}.console"),
            lock=str(folder / "running"),
        )
        server = Server(f"Kafka node {self.plan.node_id}", order)
        server.start()
        return server


class KafkaCluster:
    """Nodes that form one cluster: a context manager that yields itself, all nodes answering."""

    def __init__(self, folder: Path, class_path: str, nodes: int = 1, port: int | None = None) -> None:
        self._ports: list[ReservedPort] = []
        self.nodes = self._planned(folder, class_path, nodes, port)

    @property
    def bootstrap(self) -> str:
        """The addresses for clients to start from."""
        return ",".join(node.plan.address for node in self.nodes)

    def start(self) -> None:
        """Start the processes of all nodes; raises SetupError."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(KafkaNode.start, self.nodes))

    def wait_ready(self) -> None:
        """Wait until all nodes answer requests; raises ServerStartError."""
        for node in self.nodes:
            node.wait_ready()

    def stop(self) -> None:
        """End all nodes and give their ports back."""
        # Nodes that stop together wait 5 s for the quorum they lose; acknowledged records survive a kill.
        end = KafkaNode.stop if len(self.nodes) == 1 else KafkaNode.kill
        for node in self.nodes:
            end(node)
        for port in self._ports:
            port.release()

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _planned(self, folder: Path, class_path: str, nodes: int, port: int | None) -> Sequence[KafkaNode]:
        voters = {node_id: self._reserved(None) for node_id in range(1, nodes + 1)}
        plans = [
            NodePlan(node_id, folder / f"node-{node_id}", self._reserved(port if node_id == 1 else None), voters)
            for node_id in voters
        ]
        return [KafkaNode(plan, class_path) for plan in plans]

    def _reserved(self, preferred: int | None) -> int:
        self._ports.append(reserve(preferred))
        return self._ports[-1].number


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_TIMEOUT_S) as connection:
            connection.sendall(PROBE)
            return bool(connection.recv(1))
    except OSError:
        return False
