"""What may be asked of an API key."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.control.requests import KeyCreationRequested
from schemas.device.check import InvalidRequestError, parse_request

DATA: dict[str, Any] = {"name": "shop", "hash": "a" * 64, "scopes": ["send", "read"]}


def test_rights_are_read_in_the_order_in_which_they_were_written() -> None:
    request = parse_request("key_creation_requested", DATA)
    assert request == KeyCreationRequested(name="shop", hash="a" * 64, scopes=("send", "read"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scopes": []}, '"scopes" should name one right at least, and none twice'),
        ({"scopes": ["send", "send"]}, '"scopes" should name one right at least, and none twice'),
        ({"scopes": ["fly"]}, "\"scopes.0\" should be 'send', 'read', 'operate', 'audit' or 'admin'"),
        ({"scopes": "send"}, '"scopes" should be a valid array'),
        ({"name": ""}, '"name" should have at least 1 character'),
        ({"hash": "A" * 64}, '"hash" should match pattern'),
        ({"secret": "x"}, '"secret" is no field of it'),
    ],
)
def test_what_is_wrong_with_a_key_is_said(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse_request("key_creation_requested", DATA | wrong)
    assert said in raised.value.detail
