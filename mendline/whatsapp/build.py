"""Builds WhatsApp's host and stand-in of the sources that came with Mendline, once for each version of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mendline.errors import BuildFailedError
from mendline.whatsapp.toolchain import Toolchain, toolchain
from streams.drivers import whatsapp

SOURCES = Path(whatsapp.__path__[0]) / "host"
HOST = "mendline-whatsapp-host"
STAND_IN = "mendline-whatsapp-standin"
PACKAGES = {HOST: ".", STAND_IN: "./standin/program"}
HALF = "building-"
GOFLAGS = "-mod=readonly -buildvcs=false"
"""The sources may lie in anybody's repository, or in none."""
BUILD_TIMEOUT_S = 900.0
TOLD_LINES = 12
"""How many of the compiler's last lines are worth showing."""
AWAY = ("dial tcp", "no such host", "connection refused", "i/o timeout", "TLS handshake timeout")


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the built programs lie."""

    host: Path
    stand_in: Path

    @property
    def there(self) -> bool:
        """Whether both have been built."""
        return self.host.exists() and self.stand_in.exists()


def programs(cache: Path, sources: Path = SOURCES) -> Programs:
    """Say where the programs of these very sources lie once they are built."""
    folder = cache / digest(sources)
    return Programs(folder / HOST, folder / STAND_IN)


def build(
    cache: Path, say: Callable[[str], None], sources: Path = SOURCES, find: Callable[[], Toolchain] = toolchain
) -> Programs:
    """Give the programs, built now unless they are there; raises GoMissingError and BuildFailedError."""
    wanted = programs(cache, sources)
    cache.mkdir(parents=True, exist_ok=True)
    with _alone_in(cache):
        if not wanted.there:
            go = find()
            say(f"building WhatsApp's host with {go.version} (a minute or two, once; it fetches its modules first)")
            _build(go, sources, wanted.host.parent)
    return wanted


def builds(cache: Path, sources: Path = SOURCES) -> list[Path]:
    """The folders of builds of other sources than these."""
    here = programs(cache, sources).host.parent
    folders = [program.parent for name in PACKAGES for program in cache.glob(f"*/{name}")]
    return sorted({folder for folder in folders if folder != here and not folder.name.startswith(HALF)})


def prune(cache: Path, unused_s: float, sources: Path = SOURCES) -> list[Path]:
    """Remove builds of other sources, made at least so long ago, of which no program runs; gives their folders.

    Whether one runs is known where there is /proc.
    """
    with _alone_in(cache):
        running = {str(Path(program).parent) for program in _running()}
        old = [folder for folder in builds(cache, sources) if time.time() - folder.stat().st_mtime >= unused_s]
        removed = [folder for folder in old if str(folder.resolve()) not in running]
        for folder in removed:
            shutil.rmtree(folder)
    return removed


def _running() -> Iterator[str]:
    for link in Path("/proc").glob("[0-9]*/exe"):
        with suppress(OSError):  # it ended, or is not ours
            yield os.readlink(link)


def digest(sources: Path) -> str:
    """Name the sources by their content; tests do not count."""
    content = hashlib.sha256()
    for path in sorted(source_files(sources)):
        content.update(f"{path.relative_to(sources)} {path.stat().st_size}\n".encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def source_files(sources: Path) -> Iterator[Path]:
    """Give everything that a program is built of."""
    yield from (path for path in sources.rglob("*.go") if not path.name.endswith("_test.go"))
    yield from (sources / "go.mod", sources / "go.sum")


def environment() -> dict[str, str]:
    """Give what a build runs with: nothing of C, and no other toolchain than the one that was chosen."""
    # GOWORK and GOFLAGS of whoever calls would build something else.
    return os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": GOFLAGS}


@contextmanager
def _alone_in(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(go: Toolchain, sources: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=HALF) as half:
        for name, package in PACKAGES.items():
            _run([str(go.program), "build", "-ldflags=-s -w", "-o", f"{half}/{name}", package], sources)
        target.mkdir(exist_ok=True)
        for name in PACKAGES:
            Path(half, name).replace(target / name)


def _run(command: list[str], sources: Path) -> None:
    try:
        ran = subprocess.run(
            command, cwd=sources, env=environment(), capture_output=True, text=True, timeout=BUILD_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailedError(f"WhatsApp's host cannot be built ({error}): try again") from error
    if ran.returncode:
        raise BuildFailedError(_why(ran.stderr))


def _why(told: str) -> str:
    last = "\n".join(told.strip().splitlines()[-TOLD_LINES:])
    if any(sign in told for sign in AWAY):
        return f"Go's modules cannot be fetched: go online, or set GOPROXY to a proxy that has them\n{last}"
    return f"WhatsApp's host cannot be built:\n{last}"
