"""How long nothing was heard of what is followed."""

from __future__ import annotations

import pytest

from streams.log.heard import SILENT_S, Heard


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_short_silence_is_none(clock: Clock) -> None:
    heard: Heard[int] = Heard(clock)
    heard.note([0])
    clock.at += SILENT_S
    assert heard.silent_too_long_s() == 0


def test_a_long_silence_is_told_in_seconds(clock: Clock) -> None:
    heard: Heard[int] = Heard(clock)
    heard.note([0])
    clock.at += SILENT_S + 1
    assert heard.silent_too_long_s() == SILENT_S + 1


def test_the_most_silent_partition_counts(clock: Clock) -> None:
    heard: Heard[int] = Heard(clock)
    heard.note([0, 1])
    clock.at += SILENT_S + 1
    heard.note([0])
    assert heard.silent_too_long_s() == SILENT_S + 1


def test_nothing_is_heard_at_first_and_once_it_is_forgotten() -> None:
    heard: Heard[int] = Heard()
    at_first = heard.anything
    heard.note([0])
    then = heard.anything
    heard.forget()
    assert (at_first, then, heard.anything) == (False, True, False)
