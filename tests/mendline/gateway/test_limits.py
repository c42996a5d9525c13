"""How often a key may ask."""

from __future__ import annotations

import pytest

from mendline.gateway.limits import Limits
from mendline.gateway.problems import ProblemError


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_a_key_over_its_limit_is_told_when_to_come_back_and_others_go_on() -> None:
    clock = Clock()
    limits = Limits(10, clock)
    for _ in range(20):
        limits.spend("busy")
    with pytest.raises(ProblemError, match="10 times a second") as refused:
        limits.spend("busy")
    limits.spend("quiet")
    clock.now += 0.11
    limits.spend("busy")
    assert (refused.value.code, refused.value.retry_after_s) == ("too_many_requests", 1)


def test_who_was_quiet_for_long_may_not_ask_more_at_once_for_it() -> None:
    clock = Clock()
    limits = Limits(1, clock)
    limits.spend("key")
    clock.now += 1000
    limits.spend("key")
    limits.spend("key")
    with pytest.raises(ProblemError):
        limits.spend("key")
