"""Hypothesis strategies for every message, read from its annotations."""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

CHARACTERS = st.characters(codec="utf-8")
IDS = st.from_regex(r"[A-Za-z0-9._:@+/=-]{1,128}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3),
    max_leaves=8,
)


def messages(model: type) -> st.SearchStrategy[Any]:
    """Every valid value of a message's class."""
    hints = typing.get_type_hints(model, include_extras=True)
    fields = {f.name: _values(hints[f.name], ()) for f in dataclasses.fields(model)}
    return st.builds(model, **fields)


def _values(hint: Any, marks: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Annotated:
        inner, *own = get_args(hint)
        return _values(inner, (*marks, *own))
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([_values(member, marks) for member in get_args(hint)])
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(_values(get_args(hint)[0], ()), min_size=1, unique=True).map(tuple)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return messages(hint)
    return _plain(hint, _limits(marks))


def _limits(marks: tuple[Any, ...]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for constraint in (c for mark in marks if isinstance(mark, FieldInfo) for c in mark.metadata):
        for name in ("min_length", "max_length", "ge", "le", "pattern"):
            if getattr(constraint, name, None) is not None:
                limits[name] = getattr(constraint, name)
    return limits


def _plain(type_: Any, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    strategies = {
        str: _strings(limits),
        int: st.integers(limits.get("ge", 0), 2**63 - 1),
        float: st.floats(limits.get("ge", 0), limits.get("le", 1e9)),
        bool: st.booleans(),
        NoneType: st.none(),
        AwareDatetime: st.datetimes(timezones=st.just(UTC)),
    }
    return strategies[type_]


def _strings(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    longest = limits.get("max_length", 100)
    if pattern := limits.get("pattern"):
        texts = st.from_regex(pattern, alphabet=CHARACTERS)
        return texts.filter(lambda s: len(s) <= longest and not s.endswith("\n"))
    return st.text(CHARACTERS, min_size=limits.get("min_length", 0), max_size=longest)
