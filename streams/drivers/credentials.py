"""Credentials by name, in a file that the settings name; no secret leaves this module in words."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HIDDEN = "***"
SHORTEST_SECRET = 4
"""Shorter values are not hidden in what a platform says: they would match anything."""


class CredentialError(Exception):
    """A device's credential can be used on this machine; the message says what to do, and holds no secret."""

    code = "credential"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device's platform is told to let it in; its values are not shown."""

    name: str
    values: Mapping[str, str] = field(repr=False)

    def value(self, key: str) -> str:
        """One of its values; raises CredentialError where it is not given."""
        found = self.values.get(key, "")
        if not found:
            raise CredentialError(f"credential {self.name!r} has no {key}: add it to the credentials file")
        return found

    def hidden_in(self, words: str) -> str:
        """What somebody said, without this credential's secrets, should they stand in it."""
        for key, value in self.values.items():
            if key != "url" and len(value) >= SHORTEST_SECRET:
                words = words.replace(value, HIDDEN)
        return words


class Credentials:
    """A TOML file with a table a credential, read again when it has changed.

    A value is a text, or `{ environment = "NAME" }` for one that stands in the environment.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._read_as: tuple[int, int] | None = None
        self._tables: Mapping[str, Any] = {}

    def find(self, name: str | None) -> Credential:
        """The credential of that name; raises CredentialError."""
        if name is None:
            raise CredentialError(
                "the device names no credential: `mendline device change DEVICE --credential NAME` gives it one"
            )
        table = self.tables().get(name)
        if not isinstance(table, dict):
            raise CredentialError(f"there is no credential {name!r} in {self.file}: add a table [{name}]")
        return Credential(name, {key: _value(name, key, given) for key, given in table.items()})

    def tables(self) -> Mapping[str, Any]:
        """The file's tables by name; raises CredentialError where it cannot be read."""
        try:
            status = self.file.stat()
            read_as = (status.st_mtime_ns, status.st_size)
            if read_as != self._read_as:
                self._tables = tomllib.loads(self.file.read_text())
                self._read_as = read_as
        except FileNotFoundError:
            raise CredentialError(f"there is no {self.file}: write it, or set MENDLINE_CREDENTIALS") from None
        except OSError as error:
            raise CredentialError(f"{self.file} cannot be read ({error.strerror}): set MENDLINE_CREDENTIALS") from None
        except ValueError as error:  # TOML's and UTF-8's; a decoder's own words may quote the line
            raise CredentialError(f"{self.file} is not TOML{_place(error)}: correct it") from None
        return self._tables


def _value(name: str, key: str, given: Any) -> str:
    match given:
        case str():
            return given
        case {"environment": str(variable)} if variable in os.environ:
            return os.environ[variable]
        case {"environment": str(variable)}:
            raise CredentialError(f"credential {name!r}: {key} is to stand in {variable}, which is not set")
        case _:
            raise CredentialError(f'credential {name!r}: {key} is neither a text nor {{ environment = "NAME" }}')


def _place(error: ValueError) -> str:
    _, found, place = str(error).rpartition("(at ")
    return f" ({place.rstrip(')')})" if found else ""
