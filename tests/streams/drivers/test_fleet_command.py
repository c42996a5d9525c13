"""`python -m streams.drivers.fleet`: what it says of bad arguments, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.streams.drivers.fleet_process import FLEETS, ROOT, FleetProcess


def said_by(*arguments: object) -> str:
    """Run the command, which must fail; gives what it says."""
    command = [sys.executable, "-m", "streams.drivers.fleet", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


def test_bad_fleet_file_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("seed = -1")
    said = said_by("--socket", tmp_path / "s", "--ledger", tmp_path / "l", "--fleet", tmp_path / "f")
    assert said.startswith(f"{tmp_path}/f describes no fleet")
    assert "Traceback" not in said


def test_socket_of_a_living_fleet_is_not_taken_over(fleet: FleetProcess) -> None:
    said = said_by("--socket", fleet.socket, "--ledger", fleet.ledger, "--demo", 3)
    assert said == f"another fleet listens on {fleet.socket}: end it, or choose another socket\n"


def test_ledger_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    said = said_by("--socket", tmp_path / "s", "--ledger", tmp_path / "no" / "l", "--demo", 3)
    assert said == f"{tmp_path}/no/l cannot be used (No such file or directory): choose another place\n"


def test_demo_that_is_too_small_is_refused(tmp_path: Path) -> None:
    said = said_by("--socket", tmp_path / "s", "--ledger", tmp_path / "l", "--demo", 2)
    assert said == "--demo: a demo fleet has devices of three kinds: ask for 3 or more, not 2\n"


def test_socket_that_a_killed_fleet_left_is_taken_over(fleet: FleetProcess) -> None:
    fleet.kill()
    assert fleet.socket.exists()
    fleet.start()


def test_ended_fleet_leaves_only_its_ledger(fleet: FleetProcess) -> None:
    fleet.end()
    assert [path.name for path in fleet.socket.parent.iterdir()] == ["ledger.jsonl"]


@pytest.mark.parametrize("name", ["four_kinds.toml", "hard_times.toml"])
def test_examples_run(tmp_path: Path, name: str) -> None:
    with FleetProcess(tmp_path, FLEETS / name) as fleet:
        assert fleet.socket.stat().st_mode & 0o077 == 0
