"""Real servers for tests: one Kafka node and one PostgreSQL a run, fresh topics and databases a test."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.postgres import PostgresServer
from mendline.settings import PREFIX, default_whatsapp_cache, load_settings
from mendline.whatsapp.build import Programs, build
from schemas.topics import Topics
from tests.forgotten_connections import closing_forgotten_connections
from tests.forgotten_loops import closing_forgotten_loops
from tests.guarded_kafka import GuardedKafka, running_guarded
from tests.own_topics import own_topics
from tests.shared_server import SharedServer, leave_all

MARKER_OF_FIXTURE = {"kafka": "kafka", "postgres": "postgres", "kafka_nodes": "broker", "guarded_kafka": "broker"}


JOINED = pytest.StashKey[list[SharedServer]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin without servers."""
    config.stash[JOINED] = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the shared servers before the run's folder is removed."""
    # Not as fixtures' ends: waiting for the other workers would count as the last test's time.
    leave_all(session.config.stash[JOINED])


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark each test by the servers that it uses, so that nobody has to remember it."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKER_OF_FIXTURE:
                item.add_marker(MARKER_OF_FIXTURE[fixture])


@pytest.fixture(scope="session", autouse=True)
def _forgotten_connections() -> Iterator[None]:
    with closing_forgotten_connections():
        yield


@pytest.fixture(autouse=True)
def _forgotten_loops() -> Iterator[None]:
    with closing_forgotten_loops():
        yield


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch, kafka_jars_setting: Path | None) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def kafka_jars_setting() -> Path | None:
    """The folder of jars that the person who runs the tests has set."""
    return load_settings().jars


@pytest.fixture(scope="session")
def class_path(kafka_jars_setting: Path | None) -> str:
    """Kafka's jars, verified."""
    return jars_of(kafka_jars_setting, print)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def kafka(run_folder: Path, class_path: str, pytestconfig: pytest.Config) -> str:
    """The bootstrap address of the run's Kafka node."""

    def start(folder: Path, running: ExitStack) -> str:
        return running.enter_context(KafkaCluster(folder, class_path)).bootstrap

    return _joined(run_folder / "kafka", start, pytestconfig)


@pytest.fixture(scope="session")
def guarded_kafka(run_folder: Path, class_path: str, pytestconfig: pytest.Config) -> GuardedKafka:
    """The run's broker that lets nobody in unasked: a listener for each combination of TLS and SASL."""

    def start(folder: Path, running: ExitStack) -> str:
        return json.dumps(running.enter_context(running_guarded(folder, class_path)))

    folder = run_folder / "guarded-kafka"
    return GuardedKafka(json.loads(_joined(folder, start, pytestconfig)), folder / "server")


@pytest.fixture(scope="session")
def programs() -> Programs:
    """WhatsApp's host and stand-in, built unless they are there."""
    return build(default_whatsapp_cache(), print)


@pytest.fixture
async def kafka_topics(kafka: str) -> AsyncIterator[Topics]:
    """All topics, fresh and empty, 8 partitions each, under a prefix of their own."""
    async with own_topics(kafka) as topics:
        yield topics


@pytest.fixture
def kafka_nodes(tmp_path: Path, class_path: str) -> Iterator[Callable[[int], KafkaCluster]]:
    """Starts a Kafka cluster of so many nodes for this test alone."""
    with ExitStack() as running:
        yield lambda count: running.enter_context(KafkaCluster(tmp_path / "kafka", class_path, count))


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path, pytestconfig: pytest.Config) -> str:
    """The address of the run's PostgreSQL server, for who makes databases there."""

    def start(folder: Path, running: ExitStack) -> str:
        return running.enter_context(PostgresServer(folder, durable=False)).dsn

    return _joined(run_folder / "postgres", start, pytestconfig)


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The address of a fresh and empty database."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(postgres_server, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _joined(folder: Path, start: Callable[[Path, ExitStack], str], config: pytest.Config) -> str:
    server = SharedServer(folder, start)
    config.stash[JOINED].append(server)
    return server.join()
