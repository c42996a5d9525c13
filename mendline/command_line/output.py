"""Answers on stdout, as a table for people or as JSON, CSV or ids for programs; messages on stderr."""

from __future__ import annotations

import csv
import select
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import UnsupportedOperation
from itertools import chain
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mendline.command_line.errors import OutputError, ReaderGoneError

WIDE = 10_000
LINE_END = "\n"
Row = Mapping[str, Any]


class Format(StrEnum):
    """How an answer is written. jsonl: one object a line. ids: one a line, as other commands take them from stdin."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    IDS = "ids"


Output = Annotated[
    Format, typer.Option("--output", "-o", help="How the answer is written: for people, for programs, or ids only.")
]


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer's rows are like: a table's columns, how a row's id is made of its fields, and CSV's columns.

    id: a format string. fields: all that a row has, where a table shows only some.
    """

    columns: Sequence[str]
    id: str
    fields: Sequence[str] = ()


def say(message: str) -> None:
    """Tell the person at the terminal something that is no answer."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(shown(message, "\n")))


def print_facts(facts: Row, output: Format, id_: str = "") -> None:
    """Write one thing: a line a known fact, one JSON object, a line of CSV, or the id that the format `id_` makes."""
    if output is not Format.TABLE:
        _write_facts(facts, output, id_)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        if value is not None:
            table.add_row(Text(name, style="bold"), Text(shown(value)))
    _print(table)


def print_rows(rows: Iterable[Row], shape: Shape, output: Format) -> None:
    """Write many things alike. In JSON they are whole; only a table has to have them all before it can begin."""
    match output:
        case Format.TABLE:
            _print(_table(rows, shape.columns))
        case Format.JSON:
            _write(_array(rows))
        case Format.JSONL:
            _write(_json(row) for row in rows)
        case Format.CSV:
            write_csv(rows, shape.fields or shape.columns)
        case Format.IDS:
            _write(shape.id.format_map(row) + "\n" for row in rows)


def print_text(text: str) -> None:
    """Write what is in words already."""
    _write([f"{shown(text, keep=LINE_END)}\n"])


def write_csv(rows: Iterable[Row], fields: Sequence[str], *, heading: bool = True) -> None:
    """Write rows as RFC 4180 has it, but for its line ends; what is no plain value stands as JSON in its cell."""
    line = _CsvLine()
    writer = csv.writer(line)
    headings = [fields] if heading else []
    for cells in chain(headings, ([_cell(row[name]) for name in fields] for row in rows)):
        writer.writerow(cells)
        _write([line.text])


def finish() -> None:
    """See to it that all of the answer has been taken; raises ReaderGoneError and OutputError."""
    with _told():
        sys.stdout.flush()


def check_reader() -> None:
    """Raise ReaderGoneError if stdout is a pipe that nobody reads any more, though nothing is to be written now."""
    try:
        poll, number = select.poll(), sys.stdout.fileno()
    except UnsupportedOperation:  # a test's
        return
    poll.register(number, 0)
    if poll.poll(0):
        raise ReaderGoneError


def shown(value: Any, keep: str = "") -> str:
    """A value as people read it; without the control characters that could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value)
    if isinstance(value, Mapping):
        return " ".join(f"{name}={shown(each)}" for name, each in value.items() if each is not None)
    if isinstance(value, datetime):
        return value.astimezone().isoformat(" ", "milliseconds")
    return "".join(c if c.isprintable() or c in keep else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def by_state(counts: Mapping[str, int]) -> str:
    """How many are in each state, in one cell for people."""
    return ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "none"


def _write_facts(facts: Row, output: Format, id_: str) -> None:
    match output:
        case Format.JSON:
            _write([_json(facts, orjson.OPT_INDENT_2)])
        case Format.JSONL:
            _write([_json(facts)])
        case Format.CSV:
            write_csv([facts], list(facts))
        case Format.IDS:
            _write([id_.format_map(facts) + "\n"] if id_ else [])


def _table(rows: Iterable[Row], columns: Sequence[str]) -> Table:
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
    _write(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _array(rows: Iterable[Row]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + _indented(row)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _indented(row: Row) -> str:
    # Only at line feeds: a text may hold other ends of lines, which JSON does not escape.
    lines = _json(row, orjson.OPT_INDENT_2).rstrip("\n").split("\n")
    return "\n".join(f"  {line}" for line in lines)


def _json(value: Any, option: int = 0) -> str:
    return orjson.dumps(value, default=str, option=option | orjson.OPT_APPEND_NEWLINE).decode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case str():
            return shown(value, "\n") if sys.stdout.isatty() else value
        case int() | float():
            return str(value)
    return _json(value).rstrip("\n")


class _CsvLine:
    """Takes a line from a CSV writer, which quotes rightly only what may be confused with its own line end, CR LF."""

    text = ""

    def write(self, line: str) -> None:
        """Keep it, with the line end that programs here expect."""
        self.text = line.removesuffix("\r\n") + "\n"


def _write(pieces: Iterable[str]) -> None:
    for piece in pieces:
        with _told():
            sys.stdout.write(piece)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        raise OutputError(f"the answer cannot be written ({error.strerror}): is there room where it goes?") from error
