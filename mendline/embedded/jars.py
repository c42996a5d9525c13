"""Kafka's jars: fetched once, verified at every start, never half there."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mendline.errors import JarsMissingError
from mendline.settings import default_jars_cache

LOCK = Path(__file__).with_name("kafka-jars.lock.toml")
WAYS_OUT = "set MENDLINE_JARS to a folder that has them, or MENDLINE_KAFKA to the address of a running broker"
DOWNLOADS_AT_ONCE = 4
DOWNLOAD_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.jar"

    def lies_in(self, folder: Path) -> bool:
        """Whether `folder` has this jar, unaltered."""
        path = folder / self.name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def locked_jars(lock: Path = LOCK) -> tuple[Jar, ...]:
    """The jars that the lock file names, in the order of the class path."""
    return tuple(Jar(**entry) for entry in tomllib.loads(lock.read_text())["jar"])


def class_path(folder: Path, jars: Sequence[Jar]) -> str:
    """The class path of jars that lie in `folder`."""
    return os.pathsep.join(str(folder / jar.name) for jar in jars)


def downloaded_by_jgo(jar: Jar, folder: Path) -> Path:
    """Download a jar into `folder`; raises OSError or RuntimeError."""
    from jgo.maven import MavenContext  # takes half a second, and only the first start needs it

    maven = MavenContext(repo_cache=folder, timeout=DOWNLOAD_TIMEOUT_S)
    return maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()


Download = Callable[[Jar, Path], Path]


def jars_of(given: Path | None, say: Callable[[str], None]) -> str:
    """The class path of the folder that the user names, else of what was fetched; raises JarsMissingError."""
    return given_jars(given) if given else fetched_jars(default_jars_cache(), say)


def given_jars(folder: Path, jars: Sequence[Jar] | None = None) -> str:
    """The class path of a folder that the user names; raises JarsMissingError when it lacks a jar."""
    jars = jars or locked_jars()
    missing = _missing(folder, jars)
    if missing:
        names = ", ".join(jar.name for jar in missing)
        message = f"{folder} lacks or has altered {len(missing)} of {len(jars)} jars: {names}; copy them there"
        raise JarsMissingError(message)
    return class_path(folder, jars)


def fetched_jars(
    cache: Path,
    say: Callable[[str], None],
    jars: Sequence[Jar] | None = None,
    download: Download = downloaded_by_jgo,
) -> str:
    """The class path of `cache`, after what it lacks was fetched; raises JarsMissingError without network."""
    jars = jars or locked_jars()
    cache.mkdir(parents=True, exist_ok=True)
    with _alone_in(cache):
        missing = _missing(cache, jars)
        if missing:
            say(f"fetching {len(missing)} of Kafka's {len(jars)} jars (about 45 MB for all, once)")
            _fetch_all(missing, cache, download)
    return class_path(cache, jars)


def _missing(folder: Path, jars: Sequence[Jar]) -> list[Jar]:
    return [jar for jar in jars if not jar.lies_in(folder)]


@contextmanager
def _alone_in(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_all(jars: Sequence[Jar], cache: Path, download: Download) -> None:
    for left_by_a_kill in cache.glob("fetching-*"):
        shutil.rmtree(left_by_a_kill)
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as half,
        ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
    ):
        try:
            for jar, path in zip(jars, pool.map(lambda jar: download(jar, Path(half)), jars), strict=True):
                _place(jar, path, cache)
        except (OSError, RuntimeError) as error:
            # requests' errors are OSErrors, jgo's own are RuntimeErrors.
            pool.shutdown(cancel_futures=True)
            message = f"Kafka's jars cannot be fetched ({type(error).__name__}): go online, or {WAYS_OUT}"
            raise JarsMissingError(message) from error


def _place(jar: Jar, path: Path, cache: Path) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
        message = f"{jar.name} arrived altered: try again, or {WAYS_OUT}"
        raise JarsMissingError(message)
    path.replace(cache / jar.name)
