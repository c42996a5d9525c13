"""Tokens of the hub over HTTP: never more rights than the API key has."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.control.rights import Caller, Scope
from streams.hub.tokens import Tokens
from tests.mendline.gateway.made_up_node import OneKey, asking, made_up_node


async def asked(body: dict[str, Any], *scopes: Scope) -> httpx.Response:
    """What a key with these rights is answered."""
    node = made_up_node(keys=OneKey(whose=Caller("k1", "page", frozenset(scopes))))
    async with asking(node) as client:
        return await client.post("/api/ws-token", json=body)


async def test_a_reader_may_make_tokens_for_all_that_he_may_read() -> None:
    found = (await asked({"user": "ann"}, "read")).json()
    claims = Tokens("here", bytes(32)).check(found["token"])
    assert (claims.sub, claims.audit) == ("ann", False)
    assert claims.groups == ("fleet", "device:*", "client:*", "campaign:*")
    assert found["url"] == "wss://hub.example/ws"
    assert found["events_url"] == "https://hub.example/events"


async def test_a_token_may_have_fewer_rights() -> None:
    found = (await asked({"user": "ann", "groups": ["device:7", "user:ann"]}, "read")).json()
    assert Tokens("here", bytes(32)).check(found["token"]).groups == ("device:7", "user:ann")


async def test_an_auditors_token_shows_what_is_personal_where_he_asks_for_it() -> None:
    found = (await asked({"user": "ann", "audit": True}, "read", "audit")).json()
    assert Tokens("here", bytes(32)).check(found["token"]).audit


async def test_an_operators_token_shows_the_codes_of_pairings_where_he_asks_for_them() -> None:
    asked_for, unasked = [
        (await asked({"user": "ann"} | more, "read", "operate")).json() for more in ({"pair": True}, {})
    ]
    assert Tokens("here", bytes(32)).check(asked_for["token"]).pair
    assert not Tokens("here", bytes(32)).check(unasked["token"]).pair


@pytest.mark.parametrize(
    ("body", "scopes"),
    [
        ({"user": "ann", "pair": True}, ["read", "audit"]),
        ({"user": "ann", "audit": True}, ["read"]),
        ({"user": "ann", "groups": ["user:bob"]}, ["read"]),
        ({"user": "ann", "groups": ["user:*"]}, ["read", "operate"]),
        ({"user": "ann"}, ["send"]),
    ],
)
async def test_nobody_makes_tokens_with_rights_that_he_has_not(body: dict[str, Any], scopes: list[Scope]) -> None:
    answer = await asked(body, *scopes)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "body", [{}, {"user": "node:7"}, {"user": ""}, {"user": "ann", "groups": ["*"]}, {"user": "ann", "room": "x"}]
)
async def test_a_wish_that_is_none_is_refused(body: dict[str, Any]) -> None:
    answer = await asked(body, "read")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_token_is_kept_by_no_cache() -> None:
    assert (await asked({"user": "ann"}, "read")).headers["cache-control"] == "no-store"
