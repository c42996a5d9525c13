"""Where the words of a long-running command go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import logging, sys
from pathlib import Path
from mendline.command_line.logs import write_logs
from mendline.settings import Settings
write_logs(Settings(log_level="LEVEL"), Path(sys.argv[1]) if sys.argv[1:] else None)
logging.getLogger("streams").info("a refresh")
logging.getLogger("streams").warning("a clock")
logging.getLogger("aiokafka").error("a broker")
logging.getLogger("httpx").info("a header")
logging.getLogger("aiokafka.conn").debug("what is sent to a broker, a password too")
"""


def _said(*arguments: str, level: str = "info") -> list[str]:
    """What the program writes to stderr."""
    command = [sys.executable, "-c", PROGRAM.replace("LEVEL", level), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()


def _words(lines: list[str]) -> list[str]:
    return [line.split(maxsplit=2)[2] for line in lines]


def test_what_is_logged_stands_on_stderr_but_for_what_libraries_say() -> None:
    assert _words(_said()) == ["INFO streams a refresh", "WARNING streams a clock"]


def test_what_is_logged_stands_in_a_file_and_warnings_on_stderr_too(tmp_path: Path) -> None:
    file = tmp_path / "worker.log"
    assert _words(_said(str(file))) == ["WARNING streams a clock"]
    assert _words(file.read_text().splitlines()) == ["INFO streams a refresh", "WARNING streams a clock"]


def test_a_library_tells_what_happens_to_it_when_debugging_but_not_what_it_sends() -> None:
    assert _words(_said(level="debug"))[2:] == ["ERROR aiokafka a broker"]
