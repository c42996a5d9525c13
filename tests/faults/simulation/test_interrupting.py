"""A simulation that is interrupted says so, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.faults.real.waiting import until

STARTS_S = 20.0
ENDS_S = 60.0
"""What was handed to its processes is played to its end."""
COMMAND = (sys.executable, "-m", "tests.faults.simulation", "--seeds", "20000", "--workers", "2")


@pytest.fixture
def simulation() -> Iterator[subprocess.Popen[str]]:
    """Many seeds on two processes, in a process group of their own."""
    pipe, same = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(COMMAND, stdout=pipe, stderr=same, start_new_session=True, text=True) as running:
        yield running
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)


@pytest.mark.timeout(120)
async def test_interrupted_simulation_ends_its_processes_and_tells_of_no_bug(
    simulation: subprocess.Popen[str],
) -> None:
    children = psutil.Process(simulation.pid).children
    await until(lambda: len(children()) > 2, STARTS_S, "no process plays")
    started = children()
    os.killpg(simulation.pid, signal.SIGINT)
    told, _ = simulation.communicate(timeout=ENDS_S)
    assert (simulation.returncode, "interrupted" in told, "Traceback" in told) == (130, True, False)
    assert psutil.wait_procs(started, timeout=STARTS_S)[1] == []
