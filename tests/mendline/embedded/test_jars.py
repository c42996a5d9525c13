from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mendline.embedded.jars import LOCK, Jar, fetched_jars, given_jars, locked_jars
from mendline.embedded.stack import say_nothing
from mendline.errors import JarsMissingError

CONTENT = b"a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())
Fetch = Callable[[Path], str]


class Repository:
    """Answers downloads as it is told and counts them."""

    def __init__(self, content: bytes = CONTENT, error: Exception | None = None) -> None:
        self.content = content
        self.error = error
        self.downloads = 0

    def __call__(self, jar: Jar, folder: Path) -> Path:
        self.downloads += 1
        if self.error is not None:
            raise self.error
        path = folder / jar.name
        path.write_bytes(self.content)
        return path

    def fetch_into(self, cache: Path) -> str:
        return fetched_jars(cache, say_nothing, [JAR], download=self)


def test_missing_jar_is_fetched(tmp_path: Path) -> None:
    assert Repository().fetch_into(tmp_path) == str(tmp_path / JAR.name)
    assert (tmp_path / JAR.name).read_bytes() == CONTENT


def test_whole_cache_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / JAR.name).write_bytes(CONTENT)
    offline = Repository(error=ConnectionError())
    offline.fetch_into(tmp_path)
    assert offline.downloads == 0


def test_cut_jar_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / JAR.name).write_bytes(CONTENT[:2])
    Repository().fetch_into(tmp_path)
    assert (tmp_path / JAR.name).read_bytes() == CONTENT


def test_altered_download_never_reaches_the_cache(tmp_path: Path) -> None:
    with pytest.raises(JarsMissingError, match=r"thing-1\.0\.jar arrived altered"):
        Repository(content=b"something else").fetch_into(tmp_path)
    assert not (tmp_path / JAR.name).exists()


def test_folder_that_a_killed_fetch_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "fetching-x").mkdir()
    Repository().fetch_into(tmp_path)
    assert not list(tmp_path.glob("fetching-*"))


@pytest.mark.parametrize("error", [ConnectionError(), RuntimeError()])
def test_fetch_without_network_names_the_ways_out(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(JarsMissingError, match=r"MENDLINE_JARS.*MENDLINE_KAFKA"):
        Repository(error=error).fetch_into(tmp_path)


def test_two_that_fetch_at_once_download_once(tmp_path: Path) -> None:
    repository = Repository()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(repository.fetch_into, [tmp_path, tmp_path]))
    assert repository.downloads == 1


def test_given_folder_that_lacks_a_jar_is_refused_by_the_jars_name(tmp_path: Path) -> None:
    with pytest.raises(JarsMissingError, match=r"lacks or has altered 1 of 1 jars: thing-1\.0\.jar"):
        given_jars(tmp_path, [JAR])


def test_lock_file_has_a_checksum_for_every_jar_and_no_address() -> None:
    assert all(len(jar.sha256) == 64 for jar in locked_jars())
    assert "://" not in LOCK.read_text()
