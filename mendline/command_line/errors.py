"""What keeps a command from answering, where its own part of the program is at work."""

from __future__ import annotations


class NotFoundError(Exception):
    """What a command is asked to show exists."""


class NotConfirmedError(Exception):
    """What cannot be undone is done only when a person says so."""


class UnaskableError(Exception):
    """A question needs somebody who can answer it."""


class OutputError(Exception):
    """What answers are written to takes them."""


class ReaderGoneError(Exception):
    """Whoever reads the answer reads it to its end."""
