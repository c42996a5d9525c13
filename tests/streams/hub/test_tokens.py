"""Tokens of the hub: made with a key of the day, and checked by every node of the installation alone."""

from __future__ import annotations

import jwt
import pytest

from streams.hub.tokens import DAY_S, TokenInvalidError, Tokens
from tests.streams.hub.made_up_hub import KEY, Clock

NOON = 20_000 * DAY_S + DAY_S / 2


def refused(tokens: Tokens, token: str) -> str:
    """Why a token does not hold."""
    with pytest.raises(TokenInvalidError) as caught:
        tokens.check(token)
    return caught.value.code


def test_a_token_says_whose_it_is_and_what_he_may_hear() -> None:
    tokens = Tokens("here", KEY, Clock(NOON))
    claims = tokens.check(tokens.make("ann", ["device:*"], audit=True).token)
    assert (claims.sub, claims.groups, claims.audit) == ("ann", ("device:*",), True)


def test_a_token_holds_for_five_minutes_and_no_longer() -> None:
    clock = Clock(NOON)
    tokens = Tokens("here", KEY, clock)
    made = tokens.make("ann", [])
    clock.at += 299
    assert tokens.check(made.token).exp == made.expires_at
    clock.at += 1
    assert refused(tokens, made.token) == "expired"


def test_a_token_made_before_midnight_holds_after_it() -> None:
    clock = Clock(20_001 * DAY_S - 1)
    tokens = Tokens("here", KEY, clock)
    token = tokens.make("ann", []).token
    clock.at += 2
    assert tokens.check(token).sub == "ann"


def test_the_keys_of_other_days_do_not_hold() -> None:
    clock = Clock(NOON)
    tokens = Tokens("here", KEY, clock)
    token = tokens.make("ann", []).token
    clock.at += 2 * DAY_S
    assert refused(tokens, token) == "expired"


def test_two_days_have_two_keys() -> None:
    clock = Clock(NOON)
    tokens = Tokens("here", KEY, clock)
    said = jwt.decode(tokens.make("ann", []).token, options={"verify_signature": False})
    wrong_day = jwt.encode(said, tokens._key_of(19_999), "HS256", {"kid": "20000"})
    assert refused(tokens, wrong_day) == "forged"


def test_a_token_of_another_key_is_forged() -> None:
    clock = Clock(NOON)
    token = Tokens("here", bytes(31) + b"1", clock).make("ann", []).token
    assert refused(Tokens("here", KEY, clock), token) == "forged"


def test_a_token_of_another_installation_is_foreign() -> None:
    clock = Clock(NOON)
    token = Tokens("there", KEY, clock).make("ann", []).token
    assert refused(Tokens("here", KEY, clock), token) == "foreign"


def test_a_token_without_a_signature_is_refused() -> None:
    tokens = Tokens("here", KEY, Clock(NOON))
    said = jwt.decode(tokens.make("ann", []).token, options={"verify_signature": False})
    assert refused(tokens, jwt.encode(said, "", "none", {"kid": "20000"})) == "malformed"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 100, "eyJhbGciOiJIUzI1NiJ9.e30.x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(Tokens("here", KEY, Clock(NOON)), token) in ("malformed", "expired")


def test_a_token_that_claims_what_none_may_is_refused() -> None:
    clock = Clock(NOON)
    tokens = Tokens("here", KEY, clock)
    assert refused(tokens, tokens.make("node:7", []).token) == "malformed"
