"""The command line: one module a command. stdout carries only the answer, messages go to stderr."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the process's arguments name."""
    try:
        # Takes a second, in which Ctrl-C has to end the process as quietly as later on.
        from mendline.command_line.application import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
