"""Conditions of a query: only those that were asked for stand in it, so that PostgreSQL can plan for them.

`x IS NULL OR column = x` would be simpler, and reads the whole table once its plan is no longer made for one x.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from psycopg import sql

Arguments = dict[str, Any]


class Where(NamedTuple):
    """Conditions that hold together, and the values of the names in them."""

    conditions: tuple[str, ...] = ()
    arguments: Arguments = {}  # noqa: RUF012  # never changed

    def __str__(self) -> str:
        """As it stands behind WHERE."""
        return " AND ".join(self.conditions) or "true"

    def and_(self, condition: str, **arguments: Any) -> Where:
        """One condition more."""
        return Where((*self.conditions, condition), {**self.arguments, **arguments})


def given(conditions: Mapping[str, str], wanted: Mapping[str, Any]) -> Where:
    """The conditions whose value is wanted; None asks for nothing."""
    names = [name for name in conditions if wanted.get(name) is not None]
    return Where(tuple(conditions[name] for name in names), {name: wanted[name] for name in names})


def is_(column: str, value: str) -> str:
    """A column has one of few values: written out, for indexes of only some of them are found no other way."""
    return f"{column} = {_quoted(value)}"


def is_none_of(column: str, values: Iterable[str]) -> str:
    """A column has none of these values."""
    return f"{column} NOT IN ({', '.join(map(_quoted, values))})"


def _quoted(value: str) -> str:
    return sql.Literal(value).as_string().replace("%", "%%")
