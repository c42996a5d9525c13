"""Every way in which a command can end has its number, and the documentation tells it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer
from aiokafka.errors import TopicAuthorizationFailedError

from mendline.command_line.answering import answering
from mendline.command_line.errors import NotFoundError
from mendline.command_line.exit_codes import MEANINGS, ExitCode, code_of
from mendline.errors import NotRunningError

PACKAGES = ("mendline", "projections", "schemas", "streams")
PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"
NEVER_LEAVE = {
    "NotOwnerError": "the runner claims anew",
    "OtherShapeError": "the fold asks pydantic",
    "StaleCheckpointError": "the projector reads its checkpoints anew",
    "TimeUnreadableError": "options tell it as wrong usage",
    "TokenInvalidError": "a node of the hub tells its client",
    "UndecodableError": "readers pass the record over",
    "UnknownTypeError": "readers pass the record over; a worker is unfit",
    "_NoOffsetError": "the log calls it unknown",
}
CONTAINED = {
    "mendline.client": "it belongs to other programs",
    "mendline.gateway": "a node answers them as problems",
    "streams.gateway": "a node answers them as problems",
    "streams.drivers": "drivers turn them into outcomes, and a fleet is a process of its own",
    "streams.ownership": "the runner claims anew",
    "streams.snapshots": "an older snapshot is taken, else the whole log",
}


def _modules() -> Iterator[str]:
    for package in map(importlib.import_module, PACKAGES):
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        yield from (module.name for module in found if not module.name.endswith("__main__"))


def _errors() -> set[type[BaseException]]:
    members = [member for name in _modules() for member in vars(importlib.import_module(name)).values()]
    classes = {member for member in members if isinstance(member, type) and issubclass(member, BaseException)}
    ours = {class_ for class_ in classes if class_.__module__.split(".")[0] in PACKAGES}
    return {class_ for class_ in ours if not class_.__module__.startswith(tuple(CONTAINED))}


def test_every_error_has_an_exit_code_or_never_leaves_its_process() -> None:
    without = {error.__name__ for error in _errors() if code_of(error) is ExitCode.BUG}
    assert without == set(NEVER_LEAVE)


def test_every_exit_code_is_documented() -> None:
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    assert set(MEANINGS) == set(ExitCode)
    assert set(rows) <= set(PAGE.read_text().splitlines())


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (NotFoundError("no d-9"), 4, "no d-9"),
        (NotRunningError("nothing runs"), 5, "nothing runs"),
        (TopicAuthorizationFailedError(), 3, "the brokers do not allow it"),
        (psycopg.OperationalError("away"), 5, "is MENDLINE_POSTGRES right?"),
        (psycopg.errors.InsufficientPrivilege("denied"), 3, "its owner can GRANT"),
        (psycopg.errors.UndefinedColumn("no x"), 1, "the database refuses (no x)"),
        (KeyError("x"), 70, "a bug of Mendline's own"),
    ],
)
def test_an_error_is_told_and_ends_with_its_code(
    error: Exception, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        answering(failing)()
    assert (ended.value.exit_code, told in capsys.readouterr().err) == (code, True)
