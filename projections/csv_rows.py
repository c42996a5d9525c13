"""Rows as PostgreSQL's COPY reads them: CSV made of JSON, for half of what psycopg takes to write a row.

A JSON array without its brackets is a line of CSV whose quote is escaped by a backslash, whose NULL is `null`, and
whose times, numbers and booleans PostgreSQL takes as they are. Only what JSON escapes otherwise (line breaks, tabs)
has no such form. Source: PostgreSQL's documentation of COPY, "CSV Format".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

OPTIONS = "(FORMAT csv, ESCAPE '\\', NULL 'null', ENCODING 'UTF8')"


def as_csv(rows: Iterable[Sequence[Any]]) -> bytes | None:
    """Lines of CSV, for COPY with `OPTIONS`; None where a value holds what CSV made of JSON cannot."""
    dumps = orjson.dumps
    text = b"\n".join([dumps(values)[1:-1] for values in rows])
    unescaped = text.replace(rb"\\", b"")
    if unescaped.count(b"\\") != unescaped.count(rb"\""):
        return None
    return text + b"\n"


def with_arrays(values: Sequence[Any]) -> list[Any]:
    """A row's values with its lists as PostgreSQL writes arrays."""
    return [array_text(value) if isinstance(value, list) else value for value in values]


def array_text(elements: list[Any]) -> str:
    """A list as PostgreSQL writes an array; its elements are no lists themselves."""
    return f"{{{','.join(map(_element_text, elements))}}}"


def _element_text(element: Any) -> str:
    if element is None or isinstance(element, int):
        return "NULL" if element is None else str(element)
    text = element if isinstance(element, str) else str(orjson.loads(orjson.dumps(element)))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
