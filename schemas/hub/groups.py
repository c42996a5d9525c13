"""Groups of the hub, `fleet` or `KIND:NAME`, and patterns of them, `KIND:*`, that a token gives a right to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.marks import ID_CHARACTERS, is_id

Kind = Literal["fleet", "device", "client", "campaign", "user"]
FLEET: Kind = "fleet"
USER: Kind = "user"
ANY = "*"
KINDS: tuple[Kind, ...] = get_args(Kind)
USE_GROUP = f"use {FLEET}, or device:ID, client:ID, campaign:NAME, user:ID (an ID: 1 to 128 of {ID_CHARACTERS})"
"""What somebody is told who gave what is no group."""
USE_PATTERN = f"{USE_GROUP}; {ANY} in place of an ID stands for every one"
MOST_LETTERS = 150


class Group(NamedTuple):
    """A group or a pattern: its kind, and which one of that kind; `name` is empty for the fleet, `*` for every one."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def group_of(text: str) -> Group | None:
    """The group of that name; None: there can be none."""
    found = pattern_of(text)
    return None if found is None or found.name == ANY else found


def pattern_of(text: str) -> Group | None:
    """The group or pattern of that name; None: there can be none."""
    kind, colon, name = text.partition(":")
    if text == FLEET:
        return Group(FLEET)
    known: Kind | None = next((each for each in KINDS if each == kind and each != FLEET), None)
    return Group(known, name) if colon and known and (name == ANY or is_id(name)) else None


def matches(pattern: Group, group: Group) -> bool:
    """Whether a right to the pattern is a right to the group, or to the narrower pattern."""
    return pattern.kind == group.kind and pattern.name in (ANY, group.name)


def permitted(patterns: Iterable[str], user: str, group: Group) -> bool:
    """Whether a token of `user` with these patterns gives a right to the group."""
    if group == Group(USER, user):
        return True
    return any(found is not None and matches(found, group) for found in map(pattern_of, patterns))


def _group(text: str) -> str:
    if group_of(text) is None:
        raise PydanticCustomError("group", "should be a group: {use}", {"use": USE_GROUP})
    return text


def _pattern(text: str) -> str:
    if pattern_of(text) is None:
        raise PydanticCustomError("pattern", "should be a group or a pattern: {use}", {"use": USE_PATTERN})
    return text


GroupName = Annotated[str, Field(max_length=MOST_LETTERS), AfterValidator(_group)]
GroupPattern = Annotated[str, Field(max_length=MOST_LETTERS), AfterValidator(_pattern)]
