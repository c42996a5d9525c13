from __future__ import annotations

from prometheus_client.core import CollectorRegistry

from mendline.telemetry.catalogue import BY_PROCESS
from mendline.telemetry.metric import Described
from streams.worker.figures import BOUNDS_MS, Spread
from tests.mendline.telemetry.scrapes import Scrape, scrape_of

EVERY = [metric for metrics in BY_PROCESS.values() for metric in metrics]
TOOK = Described("took_seconds", "histogram", ("what",), "how long it took")


def told(spread: Spread) -> Scrape:
    """A scrape of one histogram."""
    registry = CollectorRegistry()

    class Only:
        def collect(self) -> list[object]:
            return [TOOK.of_spreads([(("it",), spread)])]

    registry.register(Only())  # type: ignore[arg-type]  # a Collector by its shape
    return scrape_of(registry)


def test_a_spread_becomes_a_histogram_whose_buckets_hold_what_took_as_long_or_less() -> None:
    spread = Spread()
    for took_ms in (1, 1.5, 2, 60_001, 1_000_000):
        spread.add(took_ms)

    scrape = told(spread)

    buckets = {bound: scrape.sum("took_seconds_bucket", le=bound) for bound in ("0.001", "0.002", "60.0", "300.0")}
    assert buckets == {"0.001": 1, "0.002": 3, "60.0": 3, "300.0": 4}
    assert (scrape.sum("took_seconds_bucket", le="+Inf"), scrape.sum("took_seconds_count")) == (5, 5)
    assert scrape.sum("took_seconds_sum") == 1060.0055


def test_bounds_rise() -> None:
    assert sorted(set(BOUNDS_MS)) == [*BOUNDS_MS]


def test_a_counters_name_says_that_it_counts_and_a_histograms_its_unit() -> None:
    ends = {"counter": "_total", "histogram": "_seconds"}
    assert [m.name for m in EVERY if not m.name.endswith(ends.get(m.kind, ""))] == []


def test_no_two_metrics_share_a_name() -> None:
    assert len({metric.name for metric in EVERY}) == len(EVERY)
