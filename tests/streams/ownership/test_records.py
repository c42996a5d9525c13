"""Packed records and names, against a dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.ownership import names, records
from streams.ownership.names import Names, tag_of
from streams.ownership.records import Records

keys = st.integers(0, 60)
steps = st.lists(st.tuples(st.booleans(), keys, st.integers(0, 99)), max_size=200)


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Iterator[None]:
    """Pieces are split all the time."""
    with patch.object(records, "CHUNK", 3), patch.object(names, "FILL", 2):
        yield


def _filled(steps: list[tuple[bool, int, int]]) -> tuple[Records, dict[int, int]]:
    found, expected = Records(16, 8, 8), dict[int, int]()
    for comes, key, value in steps:
        if comes and key not in expected:
            found.add(key.to_bytes(8) + value.to_bytes(8))
            expected[key] = value
        else:
            found.remove(key.to_bytes(8))
            expected.pop(key, None)
    return found, expected


def _numbers(found: Iterator[bytes] | list[bytes]) -> list[tuple[int, int]]:
    return [(int.from_bytes(record[:8]), int.from_bytes(record[8:])) for record in found]


@given(steps=steps)
def test_records_come_in_the_order_of_their_keys(steps: list[tuple[bool, int, int]]) -> None:
    found, expected = _filled(steps)
    assert _numbers(iter(found)) == sorted(expected.items())
    assert (len(found), found.packed()) == (len(expected), b"".join(found))


@given(steps=steps, key=keys)
def test_a_record_is_found_and_so_are_those_behind_it(steps: list[tuple[bool, int, int]], key: int) -> None:
    found, expected = _filled(steps)
    assert (found.find(key.to_bytes(8)) is not None) == (key in expected)
    assert _numbers(found.behind(key.to_bytes(8))) == [item for item in sorted(expected.items()) if item[0] > key]


@given(steps=steps, value=st.integers(0, 99), limit=st.integers(1, 5))
def test_what_is_watched_is_found_by_its_value(steps: list[tuple[bool, int, int]], value: int, limit: int) -> None:
    found, expected = _filled(steps)
    assert _numbers(found.until(value, limit)) == [i for i in sorted(expected.items()) if i[1] <= value][:limit]
    assert found.low() <= min(expected.values(), default=records.HIGHEST)


@given(steps=steps)
@settings(max_examples=50)
def test_numbers_are_found_by_their_names(steps: list[tuple[bool, int, int]]) -> None:
    found, expected = Names(), dict[int, int]()
    for comes, key, value in steps:
        if key in expected:
            found.remove(tag_of(str(key)), expected.pop(key))
        if comes:
            found.add(tag_of(str(key)), value)
            expected[key] = value
    assert {k: n for k in range(61) if (n := found.find(tag_of(str(k)))) is not None} == expected
    assert Names(found.packed()).packed() == found.packed()


def test_of_two_numbers_with_one_name_the_higher_is_found() -> None:
    found = Names()
    found.add(tag_of("a"), 7)
    found.add(tag_of("a"), 9)
    assert found.find(tag_of("a")) == 9
    found.remove(tag_of("a"), 9)
    assert found.find(tag_of("a")) == 7
