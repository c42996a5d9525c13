"""Answers on stdout, as a table for people or as JSON for programs; messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 10_000
Row = Mapping[str, Any]


class Format(StrEnum):
    """How an answer is written. jsonl: one object a line."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


Output = Annotated[Format, typer.Option("--output", "-o", help="How the answer is written.")]


def say(message: str) -> None:
    """Tell the person at the terminal something that is no answer."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(shown(message, "\n")))


def print_facts(facts: Row, output: Format) -> None:
    """Write one thing: a line a fact, or one JSON object."""
    if output is not Format.TABLE:
        _write_json(facts, indent=output is Format.JSON)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        table.add_row(Text(name, style="bold"), Text(shown(value)))
    _print(table)


def print_rows(rows: Sequence[Row], columns: Sequence[str], output: Format) -> None:
    """Write many things alike: a table of `columns`, or whole JSON objects."""
    if output is Format.JSON:
        _write_json(rows, indent=True)
    elif output is Format.JSONL:
        for row in rows:
            _write_json(row, indent=False)
    else:
        _print(_table(rows, columns))


def shown(value: Any, keep: str = "") -> str:
    """A value as people read it; without the control characters that could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value)
    if isinstance(value, datetime):
        return value.astimezone().isoformat(" ", "milliseconds")
    return "".join(c if c.isprintable() or c in keep else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", header_style="bold")
    for row in rows:
        table.add_row(*(Text(shown(row[column])) for column in columns))
    return table


def _print(table: Table) -> None:
    # Whoever reads from a pipe wants whole lines, and nobody wants the blanks that fill them up.
    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _write_json(value: Any, *, indent: bool) -> None:
    option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if indent else 0)
    sys.stdout.write(orjson.dumps(value, default=str, option=option).decode())
