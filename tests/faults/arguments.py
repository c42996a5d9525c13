"""Numbers on the command lines of these programs: what lies out of range is refused, with the range."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def at_least(least: int) -> Callable[[str], int]:
    """Reads a whole number, no less than `least`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is no whole number: give {least} or more") from None
        if number < least:
            raise ArgumentTypeError(f"{number} is too small: give {least} or more")
        return number

    return read


def positive(text: str) -> float:
    """Reads a number greater than 0."""
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no number: give one greater than 0") from None
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text} is out of range: give a number greater than 0")
    return number
