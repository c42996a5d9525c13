"""A worker dies by `kill -9` while it sends: the fleet lives on, and its ledger says what left."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.drivers.simulated import SimulatedDriver
from tests.streams.drivers.fleet_process import ROOT, FleetProcess, copies
from tests.streams.drivers.killed_worker import DEVICES
from tests.streams.drivers.stage import Stage

WORKER = Path(__file__).parent / "killed_worker.py"
STARTED_BEFORE_THE_KILL = 500
NOTICED_S = 20


@pytest.fixture
def started(fleet: FleetProcess) -> list[tuple[str, str]]:
    """The sends that a worker had named when it was killed: device and message, in order."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(WORKER), str(fleet.socket)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as worker:
        assert worker.stdout is not None
        lines = [worker.stdout.readline() for _ in range(STARTED_BEFORE_THE_KILL)]
        worker.kill()
        lines += worker.stdout.readlines()
    # The kill may tear the last line, whose message was then not started.
    return [(line.split()[0], line.split()[1]) for line in lines if line.endswith("\n")]


async def test_ledger_says_what_left_before_the_kill(fleet: FleetProcess, started: list[tuple[str, str]]) -> None:
    left = copies(await fleet.entries())
    messages = [message_id for _, message_id in started]
    assert len(left) > STARTED_BEFORE_THE_KILL / 2
    assert [message for message in messages if left[message]] == messages[: len(left)]
    assert set(left.values()) == {1}


async def test_links_of_a_killed_worker_end(fleet: FleetProcess, started: list[tuple[str, str]]) -> None:
    ends = await _abandoned(fleet)
    assert len(set(ends)) == len(ends) == DEVICES


async def _abandoned(fleet: FleetProcess) -> list[str]:
    """The devices whose links ended with their worker; the fleet notices that a moment after the kill."""
    ends: list[str] = []
    async with asyncio.timeout(NOTICED_S):
        while len(ends) < DEVICES:
            await asyncio.sleep(0.05)
            ends = [entry.device_id for entry in await fleet.entries() if entry.what == "abandoned"]
    return ends


async def test_repeats_by_the_next_worker_leave_nothing_twice(
    fleet: FleetProcess, started: list[tuple[str, str]]
) -> None:
    successor = SimulatedDriver("simulated-repeatable", fleet.socket, "successor")
    stage = Stage(successor, fleet, "phone-00001")
    await successor.open()
    link = await stage.up()
    for message_id in [message for device, message in started if device == "phone-00001"]:
        await stage.run(stage.repeat(link, message_id))
    await successor.close()
    entries = [entry for entry in await fleet.entries() if entry.device_id == "phone-00001"]
    assert set(copies(entries).values()) == {1}
    assert "overlapped" not in [entry.what for entry in entries]
