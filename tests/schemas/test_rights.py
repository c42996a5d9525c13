"""What a caller may."""

from __future__ import annotations

from typing import get_args

import pytest

from schemas.control.rights import Caller, Scope

SCOPES: tuple[Scope, ...] = get_args(Scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_may_what_it_has_the_right_to_and_nothing_else(scope: Scope) -> None:
    caller = Caller("7f3a9c1e", "shop", frozenset({"send", "audit"}))
    assert caller.may(scope) is (scope in ("send", "audit"))


@pytest.mark.parametrize("scope", SCOPES)
def test_an_admin_may_everything(scope: Scope) -> None:
    assert Caller("7f3a9c1e", "ana", frozenset({"admin"})).may(scope)
