"""What measuring itself costs a worker a send: python -m benchmarks.telemetry.

Beside each figure stands its ratio to what deciding a send costs the owner in the same run (`benchmarks.owner`), which
is 62 % of what a send costs a worker (benchmarks/README.md): 1 % of a worker's core is 1.6 % of that.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.owner import BATCH, measure_sends, seconds
from mendline.garbage import collect_seldom
from mendline.telemetry.driving import MeasuredDriver
from schemas.device.body import Body
from schemas.device.outcomes import Accepted
from streams.drivers.absent import AbsentDriver
from streams.drivers.port import Done, Driver, Effect, Send, Traits
from streams.log.ports import LogRecord
from streams.worker.figures import Figures

PLATFORM = Traits(linked=False, drops_repeats=False, answers_asks=True)
SEND = Send("device-0001", None, "m" * 32, 1, "62811", Body(text="x"))
ACCEPTED = Accepted(provider_message_id="taken")


class AtOnce(AbsentDriver):
    """Accepts everything at once."""

    def start(self, effect: Effect, done: Done) -> None:
        """Say so."""
        done(ACCEPTED)


def measure_decided(sends: int) -> float:
    """The seconds that it costs to count when so many requests were decided."""
    figures, now = Figures(), datetime.now(UTC)
    records = [LogRecord(n, int(now.timestamp() * 1000) - 300 + n // 10, b"", b"") for n in range(BATCH)]

    def count() -> None:
        for _ in range(sends // BATCH):
            figures.decide(records, now)

    return seconds(count)


def measure_driven(driver: Driver, sends: int) -> float:
    """The seconds that so many sends cost at a driver."""

    def drive() -> None:
        for _ in range(sends):
            driver.start(SEND, lambda _outcome: None)

    return seconds(drive)


def measure(sends: int) -> dict[str, float]:
    """Microseconds a send: of the owner, and of each that measures."""
    bare = AtOnce("bare", PLATFORM)
    took = {
        "owner": measure_sends("platform", sends)[1],
        "decisions counted": measure_decided(sends),
        "effects counted": measure_driven(MeasuredDriver(bare), sends) - measure_driven(bare, sends),
    }
    return {what: each / sends * 1e6 for what, each in took.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.telemetry", description=__doc__)
    parser.add_argument("--sends", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    collect_seldom()
    rounds = [measure(given.sends) for _ in range(given.rounds)]
    owner = statistics.median(figures["owner"] for figures in rounds)
    for what in rounds[0]:
        each = statistics.median(figures[what] for figures in rounds)
        print(f"{what:20} {each:7.2f} µs a send  {each / owner:8.2%} of the owner's")
    _show_all([sum(figures.values()) - figures["owner"] for figures in rounds], owner)


def _show_all(totals: Sequence[float], owner: float) -> None:
    each = statistics.median(totals)
    print(f"{'all measuring':20} {each:7.2f} µs a send  {each / (owner / 0.62):8.2%} of a worker's")


if __name__ == "__main__":
    main()
