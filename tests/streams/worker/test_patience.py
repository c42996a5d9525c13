"""When requests wait for outcomes."""

from __future__ import annotations

import pytest

from streams.worker.patience import Patience
from streams.worker.terms import Terms

TERMS = Terms(pressed_at=30, lag_s=0.002, patience_s=0.5)


def after_a_turn(lag_s: float) -> Patience:
    patience = Patience(TERMS)
    patience.take(100.0)
    patience.ask(100.1)
    patience.turn(100.1 + lag_s)
    return patience


def test_requests_wait_in_a_late_loop_whose_devices_have_more_to_send() -> None:
    assert after_a_turn(lag_s=0.01).outcomes_first(pressed=30, now=100.2)


@pytest.mark.parametrize(("lag_s", "pressed", "now"), [(0.01, 29, 100.2), (0.001, 3000, 100.2), (0.01, 3000, 100.6)])
def test_requests_do_not_wait_for_few_devices_nor_in_an_idle_loop_nor_for_long(
    lag_s: float, pressed: int, now: float
) -> None:
    assert not after_a_turn(lag_s).outcomes_first(pressed, now)


def test_requests_that_were_taken_make_patient_again() -> None:
    patience = after_a_turn(lag_s=0.01)
    patience.take(100.6)
    assert patience.outcomes_first(pressed=30, now=100.7)
