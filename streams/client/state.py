"""A client as its owner knows it: a small value that events turn into the next one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from schemas.envelope import Context

Status = Literal["unknown", "creating", "live", "changing", "removing", "removed"]


class Profile(NamedTuple):
    """What is known of the client; `value`: the uniqueness key of its email."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    value: str | None = None
    company: str | None = None
    user_id: str | None = None


class Claim(NamedTuple):
    """A question about a value, by its offset: while it is open, and as the hold that it became."""

    offset: int
    value: str
    context: Context


class Open(NamedTuple):
    """The creation or change under way: the offset of its request, what the client would be, and its question."""

    request: int
    profile: Profile
    claim: Claim


class Client(NamedTuple):
    """The client: as it is, what it asks, what holds its email, and what it gives up.

    removal: the offset of the request for the removal under way. releases: claims that it is giving up, oldest first.
    """

    status: Status = "unknown"
    profile: Profile = Profile()
    hold: Claim | None = None
    open: Open | None = None
    removal: int = 0
    releases: tuple[Claim, ...] = ()
