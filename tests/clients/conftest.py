"""The JavaScript client with all that its tests need, installed from its lock once a run."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = Path("clients", "javascript")
PAGE = Path("mendline", "gateway", "live")
ALL_BUT_INSTALLED = shutil.ignore_patterns("node_modules")
MISSING = "Node.js and npm are needed: on Debian, apt-get install nodejs npm; .ci/run does it"


def run_in(folder: Path, *command: str) -> None:
    """Run a program there; fails with all it said."""
    found = shutil.which(command[0])
    if found is None:
        pytest.fail(MISSING)
    done = subprocess.run([found, *command[1:]], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")


def node_tests(folder: Path) -> Sequence[str]:
    """The names of its tests' files."""
    return sorted(path.name for path in (folder / "tests").glob("*.test.js"))


@pytest.fixture(scope="session")
def javascript(run_folder: Path) -> Path:
    """The folder of the client in a copy of it and of the page /live, with `node_modules`."""
    folder = run_folder / "javascript" / CLIENT
    with (run_folder / "javascript.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / ".package-lock.json").exists():  # which npm writes last
            shutil.rmtree(run_folder / "javascript", ignore_errors=True)
            for each in (CLIENT, PAGE):
                shutil.copytree(ROOT / each, run_folder / "javascript" / each, symlinks=True, ignore=ALL_BUT_INSTALLED)
            run_in(folder, "npm", "ci", "--ignore-scripts", "--silent")
    return folder
