"""What the fields of a message are, read from its annotations: for documentation and for masking."""

from __future__ import annotations

import builtins
import dataclasses
import typing
from collections.abc import Iterator
from dataclasses import MISSING, dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from schemas.marks import Personal

_NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    AwareDatetime: "time",
    datetime: "time",
}


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a message or of a part of one; `parts` are the classes of the values in it."""

    name: str
    type: str
    limits: str
    required: bool
    description: str
    personal: bool
    parts: tuple[builtins.type, ...]


def fields_of(model: type) -> tuple[FieldFacts, ...]:
    """Every field of a message's class, in the order in which it is written."""
    hints = typing.get_type_hints(model, include_extras=True)
    return tuple(_facts(field, hints[field.name]) for field in dataclasses.fields(model))


def personal_paths(model: type) -> frozenset[str]:
    """Where a message says something about a person, as dotted paths: `send.body.text`."""
    return frozenset(_personal_paths(model, ""))


def _personal_paths(model: type, prefix: str) -> Iterator[str]:
    for field in fields_of(model):
        if field.personal:
            yield prefix + field.name
        for part in field.parts:
            yield from _personal_paths(part, f"{prefix}{field.name}.")


def _facts(field: dataclasses.Field[Any], hint: Any) -> FieldFacts:
    leaves = tuple(_leaves(hint))
    marks = [m for _, metadata in leaves for m in metadata]
    return FieldFacts(
        field.name,
        " or ".join(dict.fromkeys(_name_of(leaf) for leaf, _ in leaves)),
        ", ".join(dict.fromkeys(filter(None, map(_limit_of, _constraints(marks))))),
        bool(_tag(hint)) or field.default is MISSING,
        next((m.description for m in marks if isinstance(m, FieldInfo) and m.description), _tag(hint)),
        any(isinstance(m, Personal) for m in marks),
        tuple(leaf for leaf, _ in leaves if isinstance(leaf, type) and dataclasses.is_dataclass(leaf)),
    )


def _leaves(hint: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    if get_origin(hint) is Annotated:
        inner, *own = get_args(hint)
        yield from _leaves(inner, (*metadata, *own))
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _leaves(member, metadata)
    else:
        yield hint, metadata


def _name_of(leaf: Any) -> str:
    if get_origin(leaf) is tuple:
        return f"list of {_name_of(get_args(leaf)[0])}"
    if get_origin(leaf) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(leaf))
    return _NAMES.get(leaf) or str(leaf.__name__)


def _tag(hint: Any) -> str:
    """The meaning of a field that can have only one value."""
    return "tells which it is" if get_origin(hint) is Literal and len(get_args(hint)) == 1 else ""


def _constraints(marks: list[Any]) -> Iterator[Any]:
    for mark in marks:
        yield from mark.metadata if isinstance(mark, FieldInfo) else [mark]


def _limit_of(constraint: Any) -> str:
    match constraint:
        case object(min_length=int(least)):
            return f"at least {least} character{'s' * (least > 1)}"
        case object(max_length=int(most)):
            return f"at most {most} characters"
        case object(ge=int(least) | float(least)):
            return f"at least {least}"
        case object(le=int(most) | float(most)):
            return f"at most {most}"
        case object(pattern=str(pattern)):
            return f"matches `{pattern}`"
    return ""
