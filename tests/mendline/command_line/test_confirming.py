"""The question before what cannot be undone."""

from __future__ import annotations

import sys
from io import StringIO
from unittest.mock import Mock

import pytest

from mendline.command_line.confirming import confirm
from mendline.command_line.errors import NotConfirmedError, UnaskableError


class Terminal(StringIO):
    """What a person reads and types at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def _asked(monkeypatch: pytest.MonkeyPatch, typed: str) -> Terminal:
    asked = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", asked)
    return asked


@pytest.mark.parametrize("typed", ["y\n", "Yes\n", " YES \n"])
def test_a_yes_goes_on(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch, typed)
    confirm("Remove d-1?", yes=False)
    assert asked.getvalue() == "Remove d-1? [y/N] "


@pytest.mark.parametrize("typed", ["\n", "n\n", "", "yes please\n"])
def test_anything_else_does_nothing(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _asked(monkeypatch, typed)
    with pytest.raises(NotConfirmedError, match="nothing was done"):
        confirm("Remove d-1?", yes=False)


def test_who_agreed_beforehand_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch, "n\n")
    confirm("Remove d-1?", yes=True)
    assert asked.getvalue() == ""


def test_nobody_is_asked_where_nobody_can_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch, "")
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    with pytest.raises(UnaskableError, match=r"Remove d-1\? Nobody can be asked .* --yes agrees"):
        confirm("Remove d-1?", yes=False)
    assert asked.getvalue() == ""


def test_a_question_cannot_steer_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch, "y\n")
    confirm("Remove \x1b[2J?", yes=False)
    assert "\x1b" not in asked.getvalue()


def test_who_interrupts_a_question_finds_the_next_line_free(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch, "")
    monkeypatch.setattr(sys.stdin, "readline", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        confirm("Remove d-1?", yes=False)
    assert asked.getvalue().endswith("[y/N] \n")
