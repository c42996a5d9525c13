from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from mendline.data_folder import Addresses
from mendline.embedded.stack import Stack
from mendline.errors import FolderInUseError
from mendline.running import kafka_cluster, postgres_address
from mendline.settings import Settings, load_settings
from mendline.topics import check_topics, ensure_topics, planned_topics
from schemas.cluster import Cluster

pytestmark = pytest.mark.broker


@pytest.fixture
def settings(tmp_path: Path, class_path: str) -> Settings:
    """Settings for an embedded stack whose jars are there."""
    return load_settings(data=tmp_path / "data", jars=Path(class_path.split(":")[0]).parent)


@contextmanager
def crashing(settings: Settings) -> Iterator[tuple[Addresses, list[psutil.Process]]]:
    """The stack of a process that is killed when the context ends, and that process's servers."""
    command = [
        sys.executable,
        "-m",
        "tests.mendline.embedded.stack_process",
        str(settings.data),
        str(settings.jars),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield (
                Addresses(kafka_cluster(settings).bootstrap, postgres_address(settings)),
                psutil.Process(process.pid).children(recursive=True),
            )
        finally:
            process.kill()


def kill(processes: list[psutil.Process]) -> None:
    """Kill each that has not ended meanwhile, as PostgreSQL's own children do when it is gone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def kafka_in(folder: Path) -> list[psutil.Process]:
    """The keeper and the JVM of the node in `folder`."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if f"{folder}/kafka" in _command_of(child)]


def _command_of(process: psutil.Process) -> str:
    # PostgreSQL's own children come and go.
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


def make_row(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept ()")


@pytest.mark.slow
async def test_data_and_addresses_outlive_a_crash_of_everything(settings: Settings) -> None:
    with crashing(settings) as (before, servers):
        await ensure_topics(Cluster(before.kafka), planned_topics())
        make_row(before.postgres)
        kill(servers)
    with Stack(settings) as after:
        assert after == before
        assert await check_topics(Cluster(after.kafka), planned_topics()) == []
        with psycopg.connect(after.postgres) as connection:
            connection.execute("SELECT FROM kept")


def test_killed_process_leaves_no_server(settings: Settings) -> None:
    with crashing(settings) as (_, servers):
        assert len(servers) >= 4
    _, alive = psutil.wait_procs(servers, timeout=15)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_second_process_in_a_folder_is_told_who_uses_it(settings: Settings) -> None:
    with (
        crashing(settings),
        pytest.raises(FolderInUseError, match=r"is used by process \d+: stop it, or set"),
    ):
        Stack(settings).__enter__()


def test_server_that_ends_by_itself_is_named(settings: Settings) -> None:
    with (stack := Stack(settings)):
        [keeper, java] = kafka_in(settings.data)
        java.kill()
        psutil.wait_procs([keeper], timeout=5)
        assert stack.ended() == "Kafka"


def test_stack_on_given_servers_starts_none(tmp_path: Path) -> None:
    given = load_settings(data=tmp_path, kafka="127.0.0.1:9", postgres="postgresql://127.0.0.1:9/x")
    before = psutil.Process().children()
    with Stack(given) as addresses:
        assert psutil.Process().children() == before
    assert addresses == Addresses(kafka="127.0.0.1:9", postgres="postgresql://127.0.0.1:9/x")
