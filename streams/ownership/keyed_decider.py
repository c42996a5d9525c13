"""The pure rules of one stream, as the owner of keyed states uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.envelope import Context
from schemas.message import Event, Request
from streams.ownership.asked import Asked
from streams.ownership.publishing import Publish

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedDecider(Generic[S]):
    """What may be asked of a key, what is decided, and what is put to other owners because of it.

    evolve: (state, event, offset of the event, context). questions: (key, state): what is open, and is asked until it
    is answered. answers: what an event by itself tells somebody, once.
    """

    initial: S
    requests: Mapping[str, type[Request]]
    decide: Callable[[S, Asked[Any]], Sequence[Event]]
    evolve: Callable[[S, Any, int, Context], S]
    questions: Callable[[str, S], Sequence[Publish]]
    answers: Callable[[Any, Context], Sequence[Publish]]
