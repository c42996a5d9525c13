"""What a token may claim."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.hub.tokens import Claims

SAID = {"iss": "mendline", "aud": "here", "sub": "ann", "iat": 0, "exp": 300}


def test_a_token_without_groups_gives_no_right_to_any_but_its_users() -> None:
    assert Claims.model_validate(SAID).groups == ()


@pytest.mark.parametrize(
    "wrong", [{"sub": "node:7"}, {"sub": "a b"}, {"iss": "me"}, {"groups": ["*"]}, {"exp": "soon"}]
)
def test_a_token_that_claims_what_none_may_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Claims.model_validate(SAID | wrong)
