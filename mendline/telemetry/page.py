"""The page docs/metrics.md, written from the catalogue of metrics: `python -m mendline.documentation`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mendline.telemetry.catalogue import BY_PROCESS
from mendline.telemetry.metric import BOUNDS, Described

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
UNITS = {"_seconds": "seconds", "_bytes": "bytes", "_events": "events"}

_HEAD = f"""# Metrics

Generated from `mendline/telemetry/catalogue.py` by `python -m mendline.documentation`: change that and run it again.

Each process tells its own at `/metrics` ([operating.md](operating.md#seen-from-outside) says where, and what alerts
mean), and besides what Prometheus's library tells of any process: `process_cpu_seconds_total`,
`process_resident_memory_bytes` and the like. What counts begins at 0 with its process.
Buckets of histograms end at {", ".join(BOUNDS[:-1])} seconds.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(process, metrics) for process, metrics in BY_PROCESS.items())])


def _section(process: str, metrics: Sequence[Described]) -> str:
    head = f"## Of the {process}\n\n| metric | kind | unit | labels | meaning |\n|---|---|---|---|---|"
    return "\n".join([head, *map(_row, metrics), ""])


def _row(metric: Described) -> str:
    unit = next((unit for end, unit in UNITS.items() if metric.name.endswith(end)), "")
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {unit} | {labels} | {metric.meaning} |"
