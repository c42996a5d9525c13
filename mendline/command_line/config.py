"""`mendline config`: each setting's value and where it comes from, and whether all of them can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Output, Shape, print_rows, say
from mendline.configuration import (
    PROFILE,
    Given,
    Origin,
    chosen_profile,
    likeliest,
    load_configuration,
    read_file,
)
from mendline.doctor.finding import Level
from mendline.doctor.settings import settings_findings
from mendline.errors import SettingInvalidError
from mendline.settings import Settings

MASK = "********"
SHOWN = Shape(
    columns=("setting", "value", "origin", "where"),
    id="{setting}",
    fields=("setting", "value", "origin", "where", "meaning"),
)
PROFILES = Shape(columns=("profile", "chosen", "settings"), id="{profile}")
FINDINGS = Shape(columns=("level", "where", "what", "advice"), id="{where}")


def show(
    context: typer.Context,
    settings: Annotated[list[str] | None, typer.Argument(metavar="SETTING", help="Only these.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Show each setting's value, and where it comes from: default, file, profile, environment or option."""
    for name in settings or ():
        if name not in Settings.model_fields:
            raise SettingInvalidError(f"{name} is no setting{likeliest(name)}")
    found, given = load_configuration(context.obj)
    wanted = settings or Settings.model_fields
    print_rows([row for row in _rows(found, given) if row["setting"] in wanted], SHOWN, output)


def profiles(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List the file's profiles, and which one is chosen."""
    file = read_file(context.obj)
    chosen = chosen_profile(context.obj, file)
    rows = [
        {"profile": name, "chosen": name == chosen, "settings": sorted(settings)}
        for name, settings in file.profiles.items()
    ]
    print_rows(rows, PROFILES, output)
    say(f"--profile or {PROFILE} chooses one of {file.path}" if rows else f"{file.path} has no profiles")


def check(context: typer.Context, output: Output = Format.TABLE) -> None:
    """Check file, profile, environment and options without connecting anywhere; exit code 1 if anything is wrong."""
    findings = list(settings_findings(context.obj))
    print_rows([asdict(finding) for finding in findings], FINDINGS, output)
    if any(finding.level is Level.WRONG for finding in findings):
        raise typer.Exit(ExitCode.FAILED)


def _rows(settings: Settings, given: dict[str, Given]) -> Iterator[dict[str, Any]]:
    default = Given(None, Origin.DEFAULT, "")
    for name, field in Settings.model_fields.items():
        origin = given.get(name, default)
        yield {
            "setting": name,
            "value": _masked(name, getattr(settings, name)),
            "origin": origin.origin.value,
            "where": origin.where,
            "meaning": field.description or "",
        }


def _masked(name: str, value: Any) -> Any:
    if not isinstance(value, SecretStr):
        return value if value is None or isinstance(value, (bool, int, float)) else str(value)
    if name != "postgres":
        return MASK
    parts = conninfo_to_dict(value.get_secret_value())
    return make_conninfo("", **parts | {name: MASK for name in ("password", "sslpassword") if name in parts})
