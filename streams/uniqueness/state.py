"""A unique value as its owner knows it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from schemas.uniqueness.questions import Question


class Asker(NamedTuple):
    """Who asks: a key, and the partition of events that numbers its questions."""

    topic: str
    partition: int
    key: str


class Hold(NamedTuple):
    """By which question of whom the value is held; `offset` is the question's."""

    asker: Asker
    offset: int


class Value(NamedTuple):
    """Who holds the value; `released`: of each asker the highest offset of a question that it has given up."""

    held: Hold | None = None
    released: Mapping[Asker, int] = MappingProxyType({})


def hold_of(question: Question, key: str) -> Hold:
    """What a question of `key` would hold."""
    return Hold(Asker(question.topic, question.partition, key), question.offset)
