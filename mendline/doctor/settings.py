"""Whether the settings can be, whatever they come from: file, profile, environment, options."""

from __future__ import annotations

from collections.abc import Iterator

from mendline.configuration import (
    Choice,
    ConfigurationFile,
    Given,
    gathered,
    likeliest,
    read_file,
    settings_of,
    variables,
)
from mendline.doctor.finding import Finding, Level
from mendline.errors import SettingInvalidError
from mendline.settings import Settings

SECRETS = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}


def settings_findings(choice: Choice) -> Iterator[Finding]:
    """What there is to say of a process's settings; connects nowhere."""
    yield from _of_environment()
    try:
        file = read_file(choice)
        yield from _of_file(file)
        given = gathered(choice)
        settings_of(given)
    except SettingInvalidError as error:
        for line in str(error).splitlines():
            yield Finding(Level.WRONG, "settings", line, "correct it: docs/settings.md, `mendline config show`")
        return
    yield Finding(Level.FINE, "settings", f"given: {len(given)}; the others have their defaults")
    yield from _of_pair(given)


def _of_environment() -> Iterator[Finding]:
    for variable, name in variables():
        if name not in Settings.model_fields:
            what = f"is no setting, and does nothing{likeliest(name)}"
            yield Finding(Level.NOTICE, variable, what, "correct or unset it")


def _of_file(file: ConfigurationFile) -> Iterator[Finding]:
    if not file.there:
        yield Finding(Level.FINE, str(file.path), "is not there, and need not be")
        return
    yield Finding(Level.FINE, str(file.path), f"{len(file.settings)} settings, {len(file.profiles)} profiles")
    secret = any(not SECRETS.isdisjoint(each) for each in (file.settings, *file.profiles.values()))
    if secret and file.path.stat().st_mode & 0o077:
        yield Finding(Level.NOTICE, str(file.path), "holds secrets that others on this machine can read", "chmod 600")


def _of_pair(given: dict[str, Given]) -> Iterator[Finding]:
    if ("installation_id" in given) != ("installation_key" in given):
        what = "installation_id and installation_key belong together, and only one is given"
        yield Finding(Level.NOTICE, "settings", what, "give both, the same on all workers, or neither")
