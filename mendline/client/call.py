"""Calls as values: what is asked, how the answer is read, and whether it may be asked twice. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import quote

from schemas.api.document import Page

A = TypeVar("A")
OWN_WRITES = "own writes"
"""`at_least`: the positions of everything that this client wrote."""
About = Literal["device", "client", "connection"]
"""The stream whose read models are asked: positions in the others need not be waited for."""


class Answered(NamedTuple):
    """What a node answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failed(NamedTuple):
    """Why no node answered; `taken`: False where the request cannot have arrived, else None."""

    why: str
    taken: bool | None


Reply = Answered | Failed


class Tagged(NamedTuple, Generic[A]):
    """A document and its ETag, which a change takes as `if_match`."""

    document: A
    etag: str


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """One request, and how its answer is read.

    repeatable: asked twice it does what it does once, so it is repeated even where the first one may have arrived.
    waits_s: how long the node may wait before it answers.
    """

    method: str
    path: str
    read: Callable[[Answered], A]
    about: About
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    at_least: str | None = None
    repeatable: bool = False
    waits_s: float = 0.0

    @property
    def writes(self) -> bool:
        """Whether its answer has a position of its own."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Listing(Generic[A]):
    """A list, page by page."""

    first: Call[Page[A]]

    def behind(self, cursor: str) -> Call[Page[A]]:
        """The call for the page that a cursor begins."""
        return replace(self.first, params={**self.first.params, "cursor": cursor})


def path_of(*parts: str) -> str:
    """An address below /api; each part is encoded, its slashes too."""
    return "/api/" + "/".join(quote(part, safe="") for part in parts)


def given(**named: Any) -> dict[str, Any]:
    """What is not None."""
    return {name: value for name, value in named.items() if value is not None}


def time_of(at: datetime | None) -> str | None:
    """A time as the API takes it."""
    return None if at is None else at.isoformat()
