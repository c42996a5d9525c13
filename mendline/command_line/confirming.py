"""A question before what cannot be undone."""

from __future__ import annotations

import sys

from mendline.command_line.errors import NotConfirmedError, UnaskableError
from mendline.command_line.output import shown

AGREEMENTS = ("y", "yes")


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if a person agrees, or agreed beforehand; raises NotConfirmedError and UnaskableError."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UnaskableError(
            f"{question} Nobody can be asked here, so nothing was done: --yes agrees beforehand, --dry-run shows what "
            "would be asked for"
        )
    sys.stderr.write(f"{shown(question)} [y/N] ")
    sys.stderr.flush()
    if _answer().strip().lower() not in AGREEMENTS:
        raise NotConfirmedError("nothing was done")


def _answer() -> str:
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise
