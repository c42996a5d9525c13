"""Reads a fleet from TOML, and says of a bad file what is wrong, where, and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from streams.drivers.simulation.description import Fleet, Group


class FleetFileError(Exception):
    """A fleet file must be TOML that describes a fleet; the text names each place and what to do."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{path} describes no fleet (docs/drivers/simulator.md lists every field):\n{lines}")
        self.path = path
        self.problems = tuple(problems)


def read_fleet(path: Path) -> Fleet:
    """Read the fleet described in `path`; raises FleetFileError."""
    return validated(path, parsed(path))


def parsed(path: Path) -> dict[str, Any]:
    """Parse the file as TOML; raises FleetFileError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FleetFileError(path, [f"cannot be read ({error.strerror}): pass an existing file"]) from error
    except UnicodeDecodeError as error:
        raise FleetFileError(path, [f"byte {error.start} is not UTF-8: save the file as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise FleetFileError(path, [f"is not TOML: {error}"]) from error


def validated(path: Path, content: dict[str, Any]) -> Fleet:
    """Check every field; raises FleetFileError with one line a problem."""
    try:
        return TypeAdapter(Fleet).validate_python(content)
    except ValidationError as error:
        raise FleetFileError(path, [problem(details) for details in error.errors()]) from error


def problem(details: ErrorDetails) -> str:
    """Say one problem in a line: the place, what is wrong there, what to do."""
    return f"{place(details['loc'])}: {advice(details)}"


def place(location: tuple[int | str, ...]) -> str:
    """Write a place as a reader counts: `devices[1].send_ms` is the first group's."""
    steps = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).lstrip(".") or "fleet"


def advice(details: ErrorDetails) -> str:
    """Say what is wrong with one field and what to do about it."""
    location, given = details["loc"], details["input"]
    match details["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"is not a field; {nearest(location)}"
        case "missing" | "missing_argument":
            return "is missing: add it" if location != ("devices",) else "is missing: add a [[devices]] table"
        case "value_error":
            return details["msg"].removeprefix("Value error, ")
        case _:
            message = details["msg"]
            return f"{message[:1].lower()}{message[1:]}, but it is {given!r}: change it"


def nearest(location: tuple[int | str, ...]) -> str:
    """Name the field that was probably meant."""
    owner = Fleet if len(location) == 1 else Group
    known = [each.name for each in fields(owner)]
    close = get_close_matches(str(location[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else "remove it"
