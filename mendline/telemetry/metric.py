"""What a metric is, and how its samples become what Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from streams.worker.figures import BOUNDS_MS, Spread

Kind = Literal["gauge", "counter", "histogram"]
Values = tuple[str, ...]
BOUNDS = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
"""Upper ends of histograms' buckets, in seconds."""


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as docs/metrics.md describes it; its name ends with its unit, a counter's with `_total`."""

    name: str
    kind: Kind
    labels: Values
    meaning: str

    @property
    def sample_names(self) -> frozenset[str]:
        """The names under which a scrape holds its samples."""
        if self.kind == "histogram":
            return frozenset(f"{self.name}_{end}" for end in ("bucket", "count", "sum"))
        return frozenset({self.name})

    def of(self, samples: Iterable[tuple[Values, float]]) -> Metric:
        """A gauge or a counter: the values of its labels, and its own."""
        make = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        family = make(self.name, self.meaning, labels=self.labels)
        for values, value in samples:
            family.add_metric(values, value)
        return family

    def of_spreads(self, spreads: Iterable[tuple[Values, Spread]]) -> Metric:
        """A histogram: the values of its labels, and the counts."""
        family = HistogramMetricFamily(self.name, self.meaning, labels=self.labels)
        for values, spread in spreads:
            family.add_metric(values, _buckets(spread.counts), spread.total_ms / 1000)
        return family


def _buckets(counts: Sequence[int]) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    below = 0
    for bound, count in zip(BOUNDS, counts, strict=True):
        below += count
        buckets.append((bound, float(below)))
    return buckets
