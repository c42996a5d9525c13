"""The host against the stand-in, both as they are built (streams/drivers/whatsapp/host/scenarios/)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mendline.whatsapp.build import SOURCES, environment
from mendline.whatsapp.toolchain import toolchain

DATABASE = "MENDLINE_SCENARIOS_DATABASE"
LONGEST_S = 900
"""The first time everything is compiled, too."""
SHOWN = 6000


def go(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(toolchain().program), *arguments]
    return subprocess.run(
        command, cwd=SOURCES, env=environment() | more, capture_output=True, text=True, timeout=LONGEST_S
    )


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_every_scenario_ends_as_it_should(postgres: str) -> None:
    ran = go("test", "-count=1", "-parallel=8", "./...", **{DATABASE: postgres})

    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-SHOWN:]


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S)
def test_go_vet_has_nothing_to_say() -> None:
    ran = go("vet", "./...")

    assert (ran.returncode, ran.stderr) == (0, "")


def test_go_sources_are_formatted() -> None:
    gofmt = Path(toolchain().program).with_name("gofmt")

    unformatted = subprocess.run([gofmt, "-l", SOURCES], capture_output=True, text=True, check=True).stdout

    assert unformatted == ""
