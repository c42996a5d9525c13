"""A worker's metrics and health, read off what it holds when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from mendline.telemetry import catalogue as c
from mendline.telemetry.driving import MeasuredDriver, measured
from mendline.telemetry.metric import Values
from mendline.telemetry.serving import new_registry
from streams.drivers.port import Driver
from streams.ownership.budgets import Budgets
from streams.worker.app import Part, Working
from streams.worker.losses import LOST
from streams.worker.owning import PartitionOwner

REASONS = frozenset(error.__name__ for error in LOST)
MEMBER_S = 10.0
"""Without the group's word for so long a worker is not ready."""


class WorkerTelemetry(Collector):
    """What a worker tells of itself: nothing until it is at work."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self.registry.register(self)
        self._working: Working | None = None
        self._drivers: Mapping[str, MeasuredDriver] = {}

    def measure(self, drivers: Mapping[str, Driver]) -> Mapping[str, Driver]:
        """The drivers to work with, so that they are counted."""
        self._drivers = measured(drivers)
        return self._drivers

    def follow(self, working: Working) -> None:
        """The worker is at work."""
        self._working = working

    def describe(self) -> Sequence[Metric]:
        """Nothing is collected when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        if self._working is not None:
            yield from _of_partitions(self._working.parts)
            yield from _of_streams(self._working.parts)
            yield from _of_budgets(self._working.holdings.budgets)
        yield from _of_drivers(self._drivers)

    def not_ready(self) -> list[str]:
        """Why the worker is not ready to work."""
        if self._working is None:
            return ["it has not begun: it waits for brokers or drivers, its log says for which"]
        return [reason for part in self._working.parts for reason in _lacking(part)]


def _lacking(part: Part) -> Iterator[str]:
    holdings = part.holdings
    runners = holdings.runners()
    if holdings.unfit is not None:
        yield f"{part.name}: {holdings.unfit}"
    if not holdings.followed:
        yield f"{part.name}: it is not in the group yet"
    if missing := sorted(part.intake.assigned() - runners.keys()):
        yield f"{part.name}: partitions {missing} are given to it, and not taken yet"
    if claiming := sorted(number for number, runner in runners.items() if runner.owner is None):
        yield f"{part.name}: partitions {claiming} are being claimed"
    heard_s = holdings.member_s()
    if runners and heard_s is not None and heard_s > MEMBER_S:
        yield f"{part.name}: the group has not confirmed it for {heard_s:.0f} s"


def _of_partitions(parts: Sequence[Part]) -> Iterator[Metric]:
    runners = [((part.name, str(n)), runner) for part in parts for n, runner in sorted(part.holdings.runners().items())]
    owners = [(where, runner.owner) for where, runner in runners if runner.owner is not None]
    yield c.OWNED.of((where, runner.owner is not None) for where, runner in runners)
    yield c.CLAIMS.of((where, runner.claims) for where, runner in runners)
    yield c.GENERATION.of((where, owner.fence.generation) for where, owner in owners)
    yield c.BACKLOG.of((where, owner.backlog()) for where, owner in owners)
    devices = [((partition,), owner) for (stream, partition), owner in owners if stream == parts[0].name]
    yield from _of_devices(devices)


def _of_devices(owners: Sequence[tuple[Values, PartitionOwner]]) -> Iterator[Metric]:
    yield c.WAITING.of((where, owner.waiting()) for where, owner in owners)
    yield c.QUARANTINED.of((where, owner.quarantined()) for where, owner in owners)


def _of_streams(parts: Sequence[Part]) -> Iterator[Metric]:
    figures = [((part.name,), part.holdings.figures) for part in parts]
    # From 0 on, so that the first loss is an increase.
    yield c.LOST.of(((*s, reason), of.lost[reason]) for s, of in figures for reason in sorted(REASONS | of.lost.keys()))
    yield c.APPENDED.of((stream, of.events) for stream, of in figures)
    yield c.APPENDING.of_spreads((stream, of.appended) for stream, of in figures)
    yield c.DECIDED.of_spreads((stream, of.decided) for stream, of in figures)


def _of_budgets(budgets: Budgets) -> Iterator[Metric]:
    named = {"sends": budgets.sends, "refreshes": budgets.refreshes, "links": budgets.links}
    lines = {"sends": budgets.sending, "links": budgets.connects}
    yield c.IN_USE.of(((name,), budget.used) for name, budget in named.items())
    yield c.LIMIT.of(((name,), budget.limit) for name, budget in named.items())
    yield c.LINE.of(((name,), len(line)) for name, line in lines.items())
    yield c.BODIES.of([((), budgets.bodies.used)])


def _of_drivers(drivers: Mapping[str, MeasuredDriver]) -> Iterator[Metric]:
    took = [
        ((name, _effect(kind), _outcome(outcome)), spread)
        for name, each in drivers.items()
        for kind, outcomes in each.took.items()
        for outcome, spread in outcomes.items()
    ]
    yield c.EFFECT_SECONDS.of_spreads(took)
    yield c.OUTCOMES.of((what, sum(spread.counts)) for what, spread in took)


def _effect(kind: type) -> str:
    return kind.__name__.lower()


def _outcome(outcome: type) -> str:
    fields = getattr(outcome, "__dataclass_fields__", {})
    return str(fields["kind"].default) if "kind" in fields else "done"
