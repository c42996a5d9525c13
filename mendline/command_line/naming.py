"""Ids as commands take them: as arguments, or from stdin, one a line, where `-` stands for them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import typer

from mendline.command_line.output import say
from mendline.errors import InputInvalidError
from schemas.marks import USE_ID, is_id

STDIN = "-"


class Named(NamedTuple):
    """What a command is to act on, each once. many: it is answered with rows, however many there are."""

    ids: Sequence[str]
    many: bool


def id_or_stdin(value: str) -> str:
    """An id as the log takes it, or what stands for those on stdin."""
    return value if value == STDIN else checked_id(value)


def checked_id(value: str) -> str:
    """An id as the log takes it."""
    if not is_id(value):
        raise typer.BadParameter(f"{value[:60]!r} is no id: {USE_ID}")
    return value


def named(given: Sequence[str]) -> Named:
    """The ids that a command was given; raises InputInvalidError for a line on stdin that is none."""
    ids = [each for one in given for each in (_from_stdin(sys.stdin) if one == STDIN else [one])]
    if not ids:
        say("no id came from stdin: there is nothing to do")
    return Named(list(dict.fromkeys(ids)), many=len(given) > 1 or STDIN in given)


def mind_text(given: Mapping[str, object]) -> None:
    """Raise InputInvalidError for text that is none: Python hands on arguments that it cannot decode."""
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not _is_text(each):
                raise InputInvalidError(f"{name.replace('_', '-')}: {each[:60]!r} is not UTF-8: give text in UTF-8")


def text_from_stdin() -> str:
    """All that stdin has; raises InputInvalidError."""
    with _utf_8():
        text = sys.stdin.read()
        text.encode()
    return text


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


@contextmanager
def _utf_8() -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise InputInvalidError("stdin is not UTF-8: give text in UTF-8") from None


def _from_stdin(lines: Iterable[str]) -> Iterator[str]:
    with _utf_8():
        yield from _ids(lines)


def _ids(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if not (value := line.strip()):
            continue
        if not is_id(value):
            raise InputInvalidError(f"stdin, line {number}: {value[:60]!r} is no id: give one a line, as -o ids does")
        yield value
