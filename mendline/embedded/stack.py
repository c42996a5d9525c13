"""Broker and database for one process: started in its data folder, or found where the settings say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from psycopg.conninfo import conninfo_to_dict

from mendline.data_folder import Addresses, DataFolder
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.kafka_security import security_of
from mendline.settings import Settings

Say = Callable[[str], None]


def say_nothing(_: str) -> None:
    """For callers that tell nobody what is waited for."""


class Stack:
    """A context manager that holds the data folder's lock and yields the addresses of running servers."""

    def __init__(self, settings: Settings, say: Say = say_nothing) -> None:
        self.folder = DataFolder(settings.data)
        self._settings = settings
        self._say = say
        self._open = ExitStack()
        self._kafka: KafkaCluster | None = None
        self._postgres: PostgresServer | None = None

    def __enter__(self) -> Addresses:
        with ExitStack() as opening:
            opening.enter_context(self.folder.lock())
            addresses = self._started(opening)
            self.folder.keep_addresses(addresses)
            self._open = opening.pop_all()
        return addresses

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def ended(self) -> str | None:
        """The name of a server that has ended by itself while the context lasts."""
        if self._kafka is not None and not all(node.running for node in self._kafka.nodes):
            return "Kafka"
        if self._postgres is not None and not self._postgres.running:
            return "PostgreSQL"
        return None

    def _started(self, opening: ExitStack) -> Addresses:
        last = self.folder.last_addresses()
        # Both processes start before either is waited for.
        if self._settings.kafka is None:
            self._kafka = self._start_kafka(opening, _kafka_port(last))
        if self._settings.postgres is None:
            self._postgres = self._start_postgres(opening, _postgres_port(last))
        return Addresses(self._ready_kafka(), self._ready_postgres(), security_of(self._settings))

    def _start_kafka(self, opening: ExitStack, port: int | None) -> KafkaCluster:
        jars = jars_of(self._settings.jars, self._say)
        cluster = KafkaCluster(_absolute(self.folder, "kafka"), jars, port=port)
        opening.callback(cluster.stop)
        self._say("starting Kafka")
        cluster.start()
        return cluster

    def _start_postgres(self, opening: ExitStack, port: int | None) -> PostgresServer:
        server = PostgresServer(_absolute(self.folder, "postgres"), port)
        opening.callback(server.stop)
        self._say("starting PostgreSQL")
        server.start()
        return server

    def _ready_kafka(self) -> str:
        if self._kafka is None:
            return self._settings.kafka or ""
        self._say("waiting for Kafka")
        self._kafka.wait_ready()
        return self._kafka.bootstrap

    def _ready_postgres(self) -> str:
        if self._postgres is None:
            return self._settings.postgres.get_secret_value() if self._settings.postgres else ""
        self._say("waiting for PostgreSQL")
        self._postgres.wait_ready()
        return self._postgres.dsn


def _absolute(folder: DataFolder, name: str) -> Path:
    return folder.path.resolve() / name


def _kafka_port(last: Addresses | None) -> int | None:
    return int(last.kafka.rpartition(":")[2]) if last else None


def _postgres_port(last: Addresses | None) -> int | None:
    port = conninfo_to_dict(last.postgres).get("port") if last else None
    return int(port) if port else None
