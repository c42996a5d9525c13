"""Ids and bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from schemas.marks import MALFORMED, GivenMoment, Id
from tests.schemas.strategies import IDS

ID = TypeAdapter(Id)
GIVEN = TypeAdapter[datetime](GivenMoment)


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


def test_a_time_that_is_given_in_any_zone_is_read_as_utc() -> None:
    given = GIVEN.validate_json('"2036-01-01T00:00:00+23:59"')
    assert (given.utcoffset(), given) == (timedelta(0), datetime(2035, 12, 31, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize("far", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_a_time_that_has_no_year_in_utc_is_refused(far: str) -> None:
    with pytest.raises(ValidationError, match="years 1 to 9999"):
        GIVEN.validate_json(f'"{far}"')
