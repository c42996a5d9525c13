from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from tests.shared_server import SharedServer, leave_all


class Starts:
    """Counts how often a server is started and ended."""

    def __init__(self) -> None:
        self.started = 0
        self.ended = 0

    def __call__(self, folder: Path, running: ExitStack) -> str:
        self.started += 1
        running.callback(self._end)
        return f"address {self.started}"

    def _end(self) -> None:
        self.ended += 1


Worker = Callable[[], SharedServer]


@pytest.fixture
def starts() -> Starts:
    return Starts()


@pytest.fixture
def worker(tmp_path: Path, starts: Starts) -> Worker:
    return lambda: SharedServer(tmp_path, starts)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_workers_of_a_run_share_one_server(worker: Worker, starts: Starts) -> None:
    one, other = worker(), worker()
    assert (one.join(), other.join()) == ("address 1", "address 1")
    other.leave()
    one.leave()
    assert (starts.started, starts.ended) == (1, 1)


def test_server_ends_only_after_the_last_worker_left(worker: Worker, starts: Starts, pool: ThreadPoolExecutor) -> None:
    starter, other = worker(), worker()
    starter.join()
    other.join()
    leaving: Future[None] = pool.submit(starter.leave)
    with pytest.raises(TimeoutError):
        leaving.result(timeout=0.3)
    other.leave()
    leaving.result(timeout=5)
    assert starts.ended == 1


def test_worker_that_comes_after_the_end_starts_the_server_anew(worker: Worker) -> None:
    first, late = worker(), worker()
    first.join()
    first.leave()
    assert late.join() == "address 2"
    late.leave()


def test_server_that_failed_to_start_is_started_by_the_next_worker(tmp_path: Path, worker: Worker) -> None:
    def fail(folder: Path, running: ExitStack) -> str:
        raise InterruptedError

    failing, following = SharedServer(tmp_path, fail), worker()
    with pytest.raises(InterruptedError):
        failing.join()
    assert following.join() == "address 1"
    failing.leave()
    following.leave()


def test_workers_that_started_a_server_each_do_not_wait_for_each_other(tmp_path: Path, starts: Starts) -> None:
    one, other = ([SharedServer(tmp_path / name, starts) for name in order] for order in ("ab", "ba"))
    for server in (one[0], other[0], one[1], other[1]):
        server.join()
    leaving = [Thread(target=leave_all, args=[servers], daemon=True) for servers in (one, other)]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join(5)
    assert (starts.started, starts.ended) == (2, 2)


def test_database_of_a_test_is_fresh(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        tables = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == []
