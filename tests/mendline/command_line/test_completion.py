"""Shell completion, in a real bash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("mendline")
COMPLETE = """
{script}
COMP_WORDS=({words}) COMP_CWORD={last}
_mendline_completion mendline
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ENVIRONMENT = os.environ | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def script() -> str:
    """What a person's shell takes in."""
    made = subprocess.run(
        ["mendline"],
        env=ENVIRONMENT | {"_MENDLINE_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("mendline dev", {"device"}),
        ("mendline device re", {"resume", "remove"}),
        ("mendline send ca", {"cancel"}),
        ("mendline device list --st", {"--state"}),
        ("mendline device list --state par", {"parked"}),
        ("mendline tail -o js", {"json", "jsonl"}),
    ],
)
def test_bash_completes_commands_options_and_values(words: str, completed: set[str], script: str) -> None:
    typed = COMPLETE.format(script=script, words=words, last=len(words.split()) - 1)
    done = subprocess.run(["bash", "-c", typed], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == completed
