"""`make bench`: throughput beside its peers, latency, and who disturbs it; one broker, one run."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.latency import Disturbance, HangingDevices, PacedBacklog, disturbed, measure
from benchmarks.throughput import Row, table
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.settings import load_settings

CONSOLE = Console(width=110)


def show_throughput(rows: list[Row]) -> None:
    """Sends a second, and how they compare in this run."""
    shown = Table("program", "W ms", "sends/s", "events/send", "x Faust", "x raw limit", box=None)
    raw = statistics.mean(row.per_second for row in rows if row.program == "raw limit")
    faust = {row.send_ms: row.per_second for row in rows if row.program == "idiomatic Faust"}
    for row in rows:
        beside = f"{row.per_second / faust[row.send_ms]:.1f}" if row.program == "Mendline" else ""
        rate, events = f"{row.per_second:,.0f}", f"{row.events_per_send:.2f}"
        shown.add_row(row.program, f"{row.send_ms:g}", rate, events, beside, f"{row.per_second / raw:.2f}")
    CONSOLE.print(shown)


async def run(bootstrap: str, arguments: argparse.Namespace) -> None:
    """Measure what was asked for."""
    if "throughput" in arguments.parts:
        show_throughput(await table(bootstrap, arguments.sends, arguments.faust_sends, [0.0, 10.0, 100.0]))
    if "latency" in arguments.parts:
        for rate in (1000, 5000):
            found = await measure(bootstrap, rate, arguments.seconds, Disturbance())
            CONSOLE.print(f"{rate} sends/s, driver 10 ms: p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms")
    if "disturbed" in arguments.parts:
        for disturbance in (HangingDevices(1), HangingDevices(30), PacedBacklog()):
            ratios = await disturbed(bootstrap, disturbance, arguments.pairs, 1000, arguments.seconds)
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            CONSOLE.print(f"{disturbance.name}: others' p99 x {statistics.median(ratios):.2f} (median of {each})")


def main() -> None:
    """Measure on an embedded broker, or on those named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--kafka", help="host:port of running brokers; none: an embedded one")
    parser.add_argument("--sends", type=int, default=100_000)
    parser.add_argument("--faust-sends", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a latency run")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--parts", nargs="+", default=["throughput", "latency", "disturbed"])
    arguments = parser.parse_args()
    if arguments.kafka:
        uvloop.run(run(arguments.kafka, arguments))
        return
    class_path = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder, KafkaCluster(Path(folder), class_path) as cluster:
        uvloop.run(run(cluster.bootstrap, arguments))


if __name__ == "__main__":
    main()
