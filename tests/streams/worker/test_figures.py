from __future__ import annotations

from datetime import UTC, datetime

from streams.log.ports import LogRecord
from streams.worker.figures import BOUNDS_MS, Figures

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def decided(*waited_ms: int) -> Figures:
    """Figures after the decision of requests that waited so long."""
    figures = Figures()
    now_ms = int(NOW.timestamp() * 1000)
    figures.decide([LogRecord(n, now_ms - ms, None, None) for n, ms in enumerate(waited_ms)], NOW)
    return figures


def counts(figures: Figures) -> dict[float, int]:
    """Requests by the bound that they waited no longer than."""
    return {bound: n for bound, n in zip(BOUNDS_MS, figures.decided.counts, strict=False) if n}


def test_requests_are_counted_by_how_long_they_waited_for_their_decision() -> None:
    figures = decided(400, 90, 3)
    assert counts(figures) == {500: 1, 100: 1, 5: 1}
    assert figures.decided.total_ms == 493


def test_requests_that_waited_about_as_long_are_counted_alike() -> None:
    assert counts(decided(400, 300, 201)) == {500: 3}


def test_a_clock_behind_the_brokers_takes_nothing_from_the_sum() -> None:
    figures = decided(-30, -40)
    assert (counts(figures), figures.decided.total_ms) == ({1: 2}, 0)


def test_a_batch_without_requests_counts_nothing() -> None:
    assert counts(decided()) == {}
