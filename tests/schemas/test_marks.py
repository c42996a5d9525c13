"""Ids and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from schemas.marks import MALFORMED, Id
from tests.schemas.strategies import IDS

ID = TypeAdapter(Id)


@given(id_=IDS)
def test_an_id_is_visible_ascii_without_brackets(id_: str) -> None:
    assert ID.validate_python(id_) == id_


@pytest.mark.parametrize(
    "wrong",
    ["", "a b", "a\n", "\n", "a\x00", "é", "a" * 129, "x" * 10_240, "<a>", "a(b)", '"a"', "a,b", MALFORMED],
)
def test_what_would_need_quoting_is_no_id(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ID.validate_python(wrong)


@pytest.mark.parametrize("usual", ["+6281234567890", "user@shop.example", "order-1138", "a/b=c:d_e.f"])
def test_numbers_addresses_and_paths_may_be_ids(usual: str) -> None:
    assert ID.validate_python(usual) == usual
