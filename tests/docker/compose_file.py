"""docker/compose.yaml as `docker compose config` would show it, with what docker/make-env writes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

DOCKER = Path(__file__).parents[2] / "docker"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def made_environment(folder: Path) -> dict[str, str]:
    """What docker/make-env writes into a copy of its folder."""
    shutil.copy(DOCKER / "make-env", folder)
    subprocess.run([folder / "make-env"], check=True, capture_output=True)
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def composed(environment: dict[str, str]) -> dict[str, Any]:
    """The file with its variables filled in; raises KeyError for one that nobody sets."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        return environment.get(name, default) if kind == "-" else environment[name]

    read: dict[str, Any] = yaml.safe_load(VARIABLE.sub(value, (DOCKER / "compose.yaml").read_text()))
    return read


def properties(text: str) -> dict[str, str]:
    """A properties file's settings."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
