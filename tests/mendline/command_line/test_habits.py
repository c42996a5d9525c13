"""What every command has: a way to say how its answer is written, and a way back from what cannot be undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from mendline.command_line.application import application
from mendline.command_line.output import Format

SERVERS = {"up", "worker", "projector", "snapshotter", "gateway", "hub"}
"""Run until they are ended, and answer nothing."""
PUBLISHING = {
    "refresh", "send text", "send cancel", "send resolve", "campaign cancel",
    *(f"device {name}" for name in ("add", "change", "park", "resume", "pair", "unpair", "remove")),
    *(f"client {name}" for name in ("add", "change", "remove")),
    "key make", "key revoke", "connection disconnect",
}  # fmt: skip
FINAL = {
    "device remove", "client remove", "key revoke", "send cancel", "send resolve", "campaign cancel", "whatsapp import",
}  # fmt: skip
"""What cannot be undone."""


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        yield " ".join(path), command
        return
    for name, each in command.commands.items():
        yield from _commands(each, (*path, name))


COMMANDS = dict(_commands(typer.main.get_command(application())))


def _having(*options: str) -> set[str]:
    return {name for name, each in COMMANDS.items() if {o for p in each.params for o in p.opts} >= {*options}}


def test_every_command_that_answers_does_so_in_every_format() -> None:
    assert _having("-o", "--output") == COMMANDS.keys() - SERVERS
    assert [each.value for each in Format] == ["table", "json", "jsonl", "csv", "ids"]


def test_whatever_asks_for_something_can_show_it_instead() -> None:
    assert _having("--dry-run") == PUBLISHING


def test_what_cannot_be_undone_can_be_agreed_to_and_explained() -> None:
    assert _having("--yes", "-y") == FINAL <= _having("--reason")
