"""`mendline` as people run it: processes of its own, in a data folder of the test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

PATIENCE_S = 100
POLL_S = 0.1
ADDRESS = re.compile(r"The API answers at (http://\S+)\. An admin key lies in ")
Up = Callable[[], "RunningUp"]


class RunningUp:
    """One `mendline up` that says it runs, and what it started."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._environment = environment
        self.log = Path(environment["MENDLINE_DATA"]) / "worker.log"
        self._said = folder / "up.txt"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mendline", "up", "--devices", "30"], env=environment, stderr=said
            )
        self.children: list[psutil.Process] = []

    def wait(self) -> None:
        """Until it says that it runs."""
        give_up_at = time.monotonic() + PATIENCE_S
        while "Mendline runs" not in self._said.read_text():
            assert self._process.poll() is None, self._said.read_text()
            assert time.monotonic() < give_up_at, self._said.read_text()
            time.sleep(POLL_S)
        self.children = psutil.Process(self._process.pid).children(recursive=True)

    def address(self) -> str:
        """Where it says that the API answers."""
        give_up_at = time.monotonic() + PATIENCE_S
        while (found := ADDRESS.search(self._said.read_text())) is None:
            assert time.monotonic() < give_up_at, self._said.read_text()
            time.sleep(POLL_S)
        return found[1]

    def key(self) -> str:
        """The admin key that it has made."""
        return (self.log.parent / "admin-key").read_text().strip()

    def said(self) -> str:
        """What it printed."""
        return self._said.read_text()

    def ask(self, *arguments: str) -> str:
        """What another `mendline` answers."""
        command = [sys.executable, "-m", "mendline", *arguments]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout

    def wait_until_listed(self, device_id: str) -> None:
        """Until the read models know the device."""
        give_up_at = time.monotonic() + PATIENCE_S
        while device_id not in self.ask("device", "list"):
            assert time.monotonic() < give_up_at

    def end(self, number: int) -> int:
        """Send it a signal, and return its exit status."""
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_S)

    def left_behind(self) -> list[psutil.Process]:
        """Of what it started, what still runs a few seconds later."""
        return psutil.wait_procs(self.children, timeout=20)[1]

    def close(self) -> None:
        """End it, whatever became of the test."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)


@pytest.fixture
def up(tmp_path: Path, kafka_jars_setting: Path | None) -> Iterator[Up]:
    """Starts `mendline up` in the test's data folder."""
    jars = {"MENDLINE_JARS": str(kafka_jars_setting)} if kafka_jars_setting else {}
    environment = {**os.environ, **jars, "MENDLINE_DATA": str(tmp_path / "data"), "MENDLINE_TOPIC_PREFIX": "e2e-"}
    with ExitStack() as running:

        def start() -> RunningUp:
            one = RunningUp(tmp_path, environment)
            running.callback(one.close)
            one.wait()
            return one

        yield start
