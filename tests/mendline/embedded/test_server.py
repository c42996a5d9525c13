from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mendline.embedded import server as server_module
from mendline.embedded.order import Order
from mendline.embedded.server import Server
from mendline.errors import FolderInUseError, ServerStartError

GONE_WITHIN_S = 5.0
Run = Callable[[Order], Server]


@pytest.fixture
def order(tmp_path: Path) -> Order:
    command = ("/bin/sleep", "60")
    return Order(command, log=str(tmp_path / "console"), lock=str(tmp_path / "running"))


@pytest.fixture
def run() -> Iterator[Run]:
    servers = []

    def start(order: Order) -> Server:
        servers.append(Server("a server", order))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def stubborn(order: Order) -> Order:
    """A server that does not care for its stop signal: this one is ignored by default."""
    return replace(order, stop_signal=signal.SIGURG, patience_s=0.5)


def run_by_a_process_that_is_killed(order: Order) -> int:
    """The process id of a server whose asking process has been killed just now."""
    command = [sys.executable, "-m", "tests.mendline.embedded.asker", order.as_argument()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as asker:
        assert asker.stdout is not None
        server = int(asker.stdout.readline())
        asker.kill()
    return server


def wait_for(server: Server, status: str) -> None:
    while psutil.Process(server.pid).status() != status:
        time.sleep(0.02)


def is_gone(process: int) -> bool:
    """Whether a process has ended; who adopts it may be late to reap it."""
    give_up_at = time.monotonic() + GONE_WITHIN_S
    while time.monotonic() < give_up_at:
        if not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_stopped_server_has_ended(order: Order, run: Run) -> None:
    server = run(order)
    server.stop()
    assert is_gone(server.pid)


def test_server_that_ignores_its_stop_signal_is_killed(stubborn: Order, run: Run) -> None:
    server = run(stubborn)
    assert server.stop() == 128 + signal.SIGKILL


def test_paused_server_can_be_stopped(order: Order, run: Run) -> None:
    server = run(order)
    server.signal(signal.SIGSTOP)
    wait_for(server, psutil.STATUS_STOPPED)
    assert server.stop() == 128 + signal.SIGTERM


def test_server_ends_when_the_process_that_asked_for_it_is_killed(order: Order) -> None:
    assert is_gone(run_by_a_process_that_is_killed(order))


def test_server_ends_when_its_keeper_is_killed(order: Order, run: Run) -> None:
    server = run(order)
    os.kill(psutil.Process(server.pid).ppid(), signal.SIGKILL)
    assert is_gone(server.pid)


def test_server_outlives_the_thread_that_started_it(order: Order, run: Run) -> None:
    started: list[Server] = []
    thread = threading.Thread(target=lambda: started.append(run(order)))
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert started[0].running


def test_start_waits_for_what_a_killed_process_left(stubborn: Order, run: Run) -> None:
    left = run_by_a_process_that_is_killed(stubborn)
    run(stubborn)
    assert is_gone(left)


def test_folder_of_a_running_server_is_refused(order: Order, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "LEFTOVER_PATIENCE_S", 0.2)
    server = run(order)
    with pytest.raises(FolderInUseError, match=rf"running server \(process {server.pid}\)"):
        run(order)


def test_server_that_ends_instead_of_starting_is_quoted(order: Order, run: Run) -> None:
    server = run(replace(order, command=("/bin/sh", "-c", "echo no such luck >&2; exit 3")))
    with pytest.raises(ServerStartError, match=r"a server ended instead of starting: no such luck"):
        server.wait_until(lambda: False, timeout_s=10)


def test_server_that_never_answers_is_given_up(order: Order, run: Run) -> None:
    server = run(order)
    with pytest.raises(ServerStartError, match=r"did not answer within 0\.1 s: it said nothing"):
        server.wait_until(lambda: False, timeout_s=0.1)


def test_program_that_does_not_exist_is_named(order: Order, run: Run) -> None:
    server = run(replace(order, command=("/no/such/program",)))
    with pytest.raises(ServerStartError, match="No such file or directory"):
        server.wait_until(lambda: False, timeout_s=10)
