"""What can be asked about people's connections to the hub."""

from __future__ import annotations

from uuid import uuid4

from mendline.client.call import OWN_WRITES, Call, Listing, given, path_of
from mendline.client.reading import decided, read_as
from schemas.api.connections import UserConnectionDocument
from schemas.api.document import Page
from schemas.api.outcomes import OutcomeDocument

WAIT_S = 10.0


def show(user: str, *, at_least: str | None = OWN_WRITES) -> Call[UserConnectionDocument]:
    """A user's live connection, or the last one."""
    path = path_of("connections", user)
    return Call("GET", path, read_as(UserConnectionDocument), "connection", at_least=at_least, repeatable=True)


def list_(
    *,
    user: str | None = None,
    node: str | None = None,
    live: bool | None = None,
    page_size: int = 100,
    at_least: str | None = OWN_WRITES,
) -> Listing[UserConnectionDocument]:
    """Each user's live connection or the last one, by user; live: only live ones, or only ended ones."""
    return Listing(
        Call(
            "GET",
            path_of("connections"),
            read_as(Page[UserConnectionDocument]),
            "connection",
            params=given(user=user, node=node, live=live, limit=page_size),
            at_least=at_least,
            repeatable=True,
        )
    )


def disconnect(user: str, *, timeout_s: float = WAIT_S) -> Call[OutcomeDocument]:
    """End a user's live connection; its client does not come back by itself."""
    return Call(
        "POST",
        path_of("connections", user, "disconnect"),
        decided,
        "connection",
        params={"timeout": timeout_s},
        headers={"Idempotency-Key": uuid4().hex},
        waits_s=timeout_s,
    )
