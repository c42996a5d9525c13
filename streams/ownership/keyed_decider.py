"""The pure rules of one stream, as the owner of keyed states uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from schemas.envelope import Context
from schemas.message import Event, Request
from streams.ownership.asked import Asked
from streams.ownership.publishing import Publish

S = TypeVar("S")


def _never(state: Any) -> None:
    """Most states change only when they are asked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedDecider(Generic[S]):
    """What may be asked of a key, what is decided, and what is put to other owners because of it.

    decide: (state, what is asked, now). evolve: (state, event, offset of the event, context). questions: (key, state):
    what is open, and is asked until it is answered. answers: what an event by itself tells somebody, once. due_at: when
    a state changes by itself, if it does; fall_due: by which event. grace_s: how long after a claim, and after the
    process stood still, nothing falls due: requests that lie unread come first.
    """

    initial: S
    requests: Mapping[str, type[Request]]
    decide: Callable[[S, Asked[Any], datetime], Sequence[Event]]
    evolve: Callable[[S, Any, int, Context], S]
    questions: Callable[[str, S], Sequence[Publish]]
    answers: Callable[[Any, Context], Sequence[Publish]]
    due_at: Callable[[S], datetime | None] = _never
    fall_due: Callable[[S], Event] | None = None
    grace_s: float = 0.0
