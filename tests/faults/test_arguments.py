"""What a person gives on the command lines of these programs."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from tests.faults.arguments import at_least, positive


def test_numbers_in_range_are_read() -> None:
    assert (at_least(1)("1"), at_least(0)("0"), positive("0.5")) == (1, 0, 0.5)


@pytest.mark.parametrize(("text", "words"), [("0", "0 is too small: give 1 or more"), ("abc", "'abc' is no whole")])
def test_a_whole_number_out_of_range_is_refused_with_the_range(text: str, words: str) -> None:
    with pytest.raises(ArgumentTypeError, match=words):
        at_least(1)(text)


@pytest.mark.parametrize("text", ["-1", "0", "nan", "inf", "abc"])
def test_what_is_no_number_greater_than_zero_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="greater than 0"):
        positive(text)
