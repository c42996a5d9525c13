"""Close codes, and what a client does after each."""

from __future__ import annotations

import pytest

from schemas.hub.close_codes import MEANINGS, CloseCode, verdict_of


@pytest.mark.parametrize(
    ("code", "verdict"), [(4001, "retry"), (4102, "renew"), (4201, "never"), (1006, "retry"), (1001, "retry")]
)
def test_the_hundreds_of_a_code_say_what_to_do(code: int, verdict: str) -> None:
    assert verdict_of(code) == verdict


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(CloseCode)
