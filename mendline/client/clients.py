"""What can be asked about clients: customer records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from mendline.client.call import OWN_WRITES, Call, Listing, Tagged, given, path_of
from mendline.client.reading import read_as, shown_client, tagged
from schemas.api.clients import ClientDocument, ClientState
from schemas.api.document import Page

WAIT_S = 10.0


def create(
    name: str = "",
    *,
    id: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    company: str | None = None,
    user_id: str | None = None,
    idempotency_key: str | None = None,
    timeout_s: float = WAIT_S,
) -> Call[ClientDocument]:
    """Create a client, once: all who ask with one id, or one idempotency_key, get the same client."""
    body = given(id=id, name=name, email=email, phone=phone, company=company, userId=user_id)
    key = idempotency_key or uuid4().hex
    return _asked("POST", path_of("clients"), body, timeout_s, {"Idempotency-Key": key}, repeatable=True)


def show(client_id: str, *, at_least: str | None = OWN_WRITES) -> Call[ClientDocument]:
    """One client, also one that was removed or rejected."""
    return Call("GET", path_of("clients", client_id), shown_client, "client", at_least=at_least, repeatable=True)


def show_tagged(client_id: str, *, at_least: str | None = OWN_WRITES) -> Call[Tagged[ClientDocument]]:
    """One client with its ETag, for `change(..., if_match=...)`."""
    return Call(
        "GET", path_of("clients", client_id), tagged(shown_client), "client", at_least=at_least, repeatable=True
    )


def list_(
    *,
    state: ClientState | None = None,
    email: str | None = None,
    page_size: int = 100,
    at_least: str | None = OWN_WRITES,
) -> Listing[ClientDocument]:
    """Clients by id; those that are not gone, or only those in a state."""
    return Listing(
        Call(
            "GET",
            path_of("clients"),
            read_as(Page[ClientDocument]),
            "client",
            params=given(state=state, email=email, limit=page_size),
            at_least=at_least,
            repeatable=True,
        )
    )


def change(
    client_id: str,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    company: str | None = None,
    user_id: str | None = None,
    if_match: str | None = None,
    timeout_s: float = WAIT_S,
) -> Call[ClientDocument]:
    """Change what is given; what is not given stays, what is given empty goes.

    if_match: only if nobody edited it since that ETag.
    """
    body = given(name=name, email=email, phone=phone, company=company, userId=user_id)
    headers = {"Idempotency-Key": uuid4().hex, **given(**{"If-Match": if_match})}
    return _asked("PATCH", path_of("clients", client_id), body, timeout_s, headers)


def remove(client_id: str, *, timeout_s: float = WAIT_S) -> Call[ClientDocument]:
    """Remove a client; its email is free for others then."""
    headers = {"Idempotency-Key": uuid4().hex}
    return _asked("DELETE", path_of("clients", client_id), None, timeout_s, headers)


def _asked(
    method: str, path: str, body: Any, timeout_s: float, headers: Mapping[str, str], *, repeatable: bool = False
) -> Call[ClientDocument]:
    return Call(
        method,
        path,
        shown_client,
        "client",
        params={"timeout": timeout_s},
        body=body,
        headers=headers,
        repeatable=repeatable,
        waits_s=2 * timeout_s,  # for the outcome, then for the read models
    )
