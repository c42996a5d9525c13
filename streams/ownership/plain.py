"""NamedTuples and messages as plain JSON values and back, by their type hints: how states are written in snapshots."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime

Read = Callable[[Any], Any]


def plain(value: Any) -> Any:
    """What orjson can write: NamedTuples become lists of their fields; messages and times it knows itself."""
    return [plain(part) for part in value] if isinstance(value, (tuple, list)) else value


@cache
def reader(type_: Any) -> Read:
    """Makes a value of that type from what was read of its JSON."""
    made = _made(type_)
    return (lambda raw: raw) if made is None else made


def shape(*types: Any) -> str:
    """8 hex digits that change whenever a field of these types, or of what they hold, comes, goes or is renamed."""
    told = "\n".join(line for type_ in types for line in _told(type_))
    return sha256(told.encode()).hexdigest()[:8]


def _made(hint: Any) -> Read | None:
    """None: JSON says it all."""
    hint = _bare(hint)
    if hint in (datetime, AwareDatetime):
        return datetime.fromisoformat
    if _is_named_tuple(hint):
        return _tuple_reader(hint)
    if get_origin(hint) is tuple:
        return _series_reader(get_args(hint)[0])
    return _message_reader(hint) if is_dataclass(hint) else None


def _tuple_reader(made: Any) -> Read:
    hints = typing.get_type_hints(made, include_extras=True)
    converted = tuple((n, read) for n, name in enumerate(made._fields) if (read := _made(hints[name])) is not None)
    count = len(made._fields)

    def read_tuple(raw: Any) -> Any:
        if len(raw) != count:
            message = f"{len(raw)} fields are no {made.__name__}, which has {count}"
            raise ValueError(message)
        for number, read in converted:
            if raw[number] is not None:
                raw[number] = read(raw[number])
        return made._make(raw)

    return read_tuple


def _series_reader(member: Any) -> Read:
    read = reader(member)
    return lambda raw: tuple(map(read, raw))


def _message_reader(made: Any) -> Read:
    hints = typing.get_type_hints(made, include_extras=True)
    converted = tuple((f.name, read) for f in fields(made) if (read := _made(hints[f.name])) is not None)

    def read_message(raw: Any) -> Any:
        for name, read in converted:
            if raw[name] is not None:
                raw[name] = read(raw[name])
        return made(**raw)

    return read_message


def _told(hint: Any) -> Iterator[str]:
    hint = _bare(hint)
    if get_origin(hint) is tuple:
        hint = _bare(get_args(hint)[0])
    if not _is_named_tuple(hint) and not is_dataclass(hint):
        return
    hints = typing.get_type_hints(hint, include_extras=True)
    names = hint._fields if _is_named_tuple(hint) else [field.name for field in fields(hint)]
    yield f"{hint.__name__}({', '.join(names)})"
    for name in names:
        yield from _told(hints[name])


def _bare(hint: Any) -> Any:
    """The one type behind Annotated and `| None` that JSON does not tell by itself, if there is one."""
    if get_origin(hint) is Annotated:
        return hint if hint is AwareDatetime else _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        members = [_bare(member) for member in get_args(hint)]
        return next(
            (m for m in members if _is_named_tuple(m) or is_dataclass(m) or m in (datetime, AwareDatetime)), hint
        )
    return hint


def _is_named_tuple(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")
