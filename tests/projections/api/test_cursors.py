"""Cursors go on where they were made, and only there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from projections.api.cursors import CursorInvalidError, Cursors

CURSORS = Cursors(b"a key of tests")
FILTERS: dict[str, Any] = {"state": "waiting", "since": datetime(2026, 1, 1, tzinfo=UTC), "campaign": None}
SEALED = CURSORS.seal("sends", FILTERS, ["d-1", 7])


def test_a_cursor_says_where_its_list_goes_on() -> None:
    assert CURSORS.open("sends", FILTERS, SEALED) == ["d-1", 7]


def test_a_filter_that_asks_for_nothing_makes_no_difference() -> None:
    named = {name: FILTERS[name] for name in ("since", "state")}
    assert CURSORS.open("sends", named, SEALED) == ["d-1", 7]


@pytest.mark.parametrize(
    ("listing", "filters"), [("clients", FILTERS), ("sends", {}), ("sends", FILTERS | {"state": "accepted"})]
)
def test_a_cursor_for_other_filters_is_refused(listing: str, filters: dict[str, Any]) -> None:
    with pytest.raises(CursorInvalidError, match="for another list or other filters: ask as before"):
        CURSORS.open(listing, filters, SEALED)


@given(st.integers(0, len(SEALED) - 1), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused(place: int, character: str) -> None:
    changed = SEALED[:place] + character + SEALED[place + 1 :]
    assume(changed != SEALED)
    with pytest.raises(CursorInvalidError, match=r"changed on its way|no cursor"):
        CURSORS.open("sends", FILTERS, changed)


@given(st.text(max_size=100))
def test_rubbish_is_no_cursor(text: str) -> None:
    with pytest.raises(CursorInvalidError):
        CURSORS.open("sends", FILTERS, text)


def test_another_installations_cursor_is_refused() -> None:
    with pytest.raises(CursorInvalidError, match="another installation's"):
        Cursors(b"another key").open("sends", FILTERS, SEALED)


def test_a_cursor_that_is_too_long_is_not_even_decoded() -> None:
    with pytest.raises(CursorInvalidError, match="has 2001 characters, none has more than 2000"):
        CURSORS.open("sends", FILTERS, "A" * 2001)


@pytest.mark.parametrize("more", ["\n", "!", " "])
def test_a_cursor_with_something_behind_it_is_refused(more: str) -> None:
    with pytest.raises(CursorInvalidError, match="changed on its way"):
        CURSORS.open("sends", FILTERS, SEALED + more)
