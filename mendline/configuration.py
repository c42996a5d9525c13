"""Where a process's settings come from: defaults, a file, a profile in it, the environment, options; the last wins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from mendline.errors import SettingInvalidError
from mendline.settings import PREFIX, Settings, in_words

FILE, PROFILE = f"{PREFIX}CONFIG", f"{PREFIX}PROFILE"
OF_CLIENTS = (f"{PREFIX}URL", f"{PREFIX}API_KEY")
"""What programs that use `mendline.client` are told by."""
"""Variables that choose a file and a profile, and are no settings."""
OPTIONS = ("kafka", "postgres", "data")
"""The settings that have an option of their own."""


class Origin(StrEnum):
    """What a value comes from; each wins over those before it."""

    DEFAULT = "default"
    FILE = "file"
    PROFILE = "profile"
    ENVIRONMENT = "environment"
    OPTION = "option"


class Given(NamedTuple):
    """A value that somebody gave. where: how to name its place to a person."""

    value: Any
    origin: Origin
    where: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says: settings by name, and which file and profile to take instead of the usual ones."""

    options: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """What a file says; an absent one says nothing."""

    path: Path
    there: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    usual_profile: str | None = None


def default_file() -> Path:
    """Where the file lies unless something says otherwise (XDG base directories)."""
    # A user without an account and a HOME has none, and need not: `Path.home` would raise.
    return Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "mendline" / "config.toml"


def load_configuration(choice: Choice) -> tuple[Settings, dict[str, Given]]:
    """The settings, and what was given for them; raises SettingInvalidError."""
    given = gathered(choice)
    return settings_of(given), given


def gathered(choice: Choice) -> dict[str, Given]:
    """What was given for each setting, the winner of each; raises SettingInvalidError."""
    file = read_file(choice)
    given = {name: Given(value, Origin.FILE, f"{file.path}, {name}") for name, value in file.settings.items()}
    if (profile := chosen_profile(choice, file)) is not None:
        for name, value in _profile(file, profile).items():
            given[name] = Given(value, Origin.PROFILE, f"{file.path}, profile {profile}, {name}")
    for variable, name in variables():
        if name in Settings.model_fields:
            given[name] = Given(os.environ[variable], Origin.ENVIRONMENT, variable)
    for name, value in choice.options.items():
        if value is not None:
            given[name] = Given(value, Origin.OPTION, f"--{name}")
    return given


def settings_of(given: Mapping[str, Given]) -> Settings:
    """The settings of what was given; raises SettingInvalidError, naming the place of each that is wrong."""
    # The environment's are read by Settings itself, which knows how to read text.
    values = {name: each.value for name, each in given.items() if each.origin is not Origin.ENVIRONMENT}
    try:
        return Settings(**values)
    except ValidationError as error:
        places = {name: each.where for name, each in given.items()}
        raise SettingInvalidError("\n".join(in_words(problem, places) for problem in error.errors())) from None


def read_file(choice: Choice) -> ConfigurationFile:
    """The file that the command line, the environment or habit names; raises SettingInvalidError."""
    named = choice.file or (Path(os.environ[FILE]) if os.environ.get(FILE) else None)
    path = named or default_file()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named is None:
            return ConfigurationFile(path)
        raise SettingInvalidError(f"there is no {path}: write it, or leave --config and {FILE} out") from None
    except OSError as error:
        raise SettingInvalidError(f"{path} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise SettingInvalidError(f"{path} is not TOML: {error}") from None
    return _checked(path, content)


def chosen_profile(choice: Choice, file: ConfigurationFile) -> str | None:
    """The profile that the command line, the environment or the file names."""
    return choice.profile or os.environ.get(PROFILE) or file.usual_profile


def variables() -> Iterator[tuple[str, str]]:
    """Every variable of the environment that means us, and the setting that it would be."""
    for variable in sorted(os.environ):
        if variable.upper().startswith(PREFIX) and variable not in (FILE, PROFILE, *OF_CLIENTS):
            yield variable, variable[len(PREFIX) :].lower()


def likeliest(name: str) -> str:
    """A question about the setting that was perhaps meant; empty if none is near."""
    near = get_close_matches(name, Settings.model_fields, n=1)
    return f": did you mean {near[0]}?" if near else ""


def _checked(path: Path, content: dict[str, Any]) -> ConfigurationFile:
    profiles, usual = content.pop("profiles", {}), content.pop("profile", None)
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise SettingInvalidError(f"{path}: profiles are tables: write [profiles.NAME], and settings below")
    if usual is not None and not isinstance(usual, str):
        raise SettingInvalidError(f"{path}: profile is to name one of the profiles")
    for where, settings in [("", content), *((f", profile {name}", each) for name, each in profiles.items())]:
        if unknown := [name for name in settings if name not in Settings.model_fields]:
            raise SettingInvalidError(f"{path}{where}: {unknown[0]} is no setting{likeliest(unknown[0])}")
    return ConfigurationFile(path, True, content, profiles, usual)


def _profile(file: ConfigurationFile, name: str) -> Mapping[str, Any]:
    if name not in file.profiles:
        known = (
            f"it has {', '.join(file.profiles)}"
            if file.profiles
            else "it has none"
            if file.there
            else "it is not there"
        )
        raise SettingInvalidError(f"{file.path} has no profile {name}: {known}; write [profiles.{name}] into it")
    return file.profiles[name]
