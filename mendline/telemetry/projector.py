"""A projector's metrics and health: how far it is behind the log, and what the events tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple, get_args

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from mendline.telemetry import catalogue as c
from mendline.telemetry.serving import new_registry
from mendline.telemetry.steps import StepTimes
from projections.checkpoints import Checkpoint
from projections.quarantine import HeldStream
from projections.read_model import ReadModel, Recorded, Rows
from projections.tail import Stretch
from projections.watching import Watch
from schemas.message import Event, RefusalReason, RequestRefused
from schemas.topics import Stream

REASONS = get_args(RefusalReason)


class Followed(NamedTuple):
    """A read model and one of its stream's partitions."""

    stream: str
    partition: int
    model: str


class ProjectorTelemetry(Watch, Collector):
    """What a projector tells of itself. ready_lag_s: how far behind it may be and call itself ready."""

    def __init__(self, ready_lag_s: float, now: Callable[[], float] = monotonic) -> None:
        self.registry = new_registry()
        self.registry.register(self)
        self._ready_lag_s = ready_lag_s
        self._now = now
        self._level_at: dict[Followed, float] = {}
        self._lag: dict[Followed, int] = {}
        self._generations: dict[tuple[str, int], int] = {}
        self._held: dict[tuple[str, str], dict[int, int]] = {}
        self._events: Counter[tuple[str, type[Event]]] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._times = StepTimes()

    def follows(self, models: Sequence[ReadModel[Any]], partitions: Collection[int]) -> None:
        """Each is behind from now on, until it is level."""
        now = self._now()
        for model in models:
            self._level_at |= {Followed(model.stream.name, p, model.name): now for p in partitions}

    def folded(self, model: ReadModel[Any], records: Sequence[Recorded], rows: Rows[Any]) -> None:
        """Take the times of steps from the rows."""
        self._times.take(model, records, rows)

    def applied(self, stream: Stream, stretches: Sequence[Stretch]) -> None:
        """Count events."""
        records = [record for stretch in stretches for record in stretch.records]
        counted = Counter(record.event.__class__ for record in records)
        for kind, n in counted.items():
            self._events[stream.name, kind] += n
        if RequestRefused in counted:
            for record in records:
                if isinstance(record.event, RequestRefused):
                    self._refused[stream.name, record.event.reason] += 1

    def stepped(
        self, stream: Stream, book: Collection[Checkpoint], ends: Mapping[int, int], held: Collection[HeldStream]
    ) -> None:
        """Note how far behind each read model is."""
        now = self._now()
        for checkpoint in book:
            name, partition, standing, _ = checkpoint
            self._generations[stream.name, partition] = standing.generation
            self._held.setdefault((stream.name, name), {})[partition] = 0
            if (end := ends.get(partition)) is not None:
                followed = Followed(stream.name, partition, name)
                lag = self._lag[followed] = max(0, end - standing.next_offset)
                if not lag:
                    self._level_at[followed] = now
        for each in held:
            self._held[stream.name, each.projection][each.partition] += 1

    def describe(self) -> Sequence[Metric]:
        """Nothing is collected when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        now = self._now()
        yield c.LAG.of((_labels(followed), lag) for followed, lag in self._lag.items())
        yield c.LAG_SECONDS.of((_labels(followed), now - at) for followed, at in self._level_at.items())
        yield c.FOLDED.of(((stream, kind.type), n) for (stream, kind), n in self._events.items())
        # From 0 on, so that the first refusal is an increase.
        streams = {followed.stream for followed in self._level_at}
        yield c.REFUSED.of(((stream, why), self._refused[stream, why]) for stream in sorted(streams) for why in REASONS)
        yield c.LOG_GENERATION.of(((stream, str(p)), n) for (stream, p), n in self._generations.items())
        yield c.HELD.of((where, sum(held.values())) for where, held in self._held.items())
        yield from self._times.collect()

    def not_ready(self) -> list[str]:
        """Why the tables are not to be relied on."""
        if not self._level_at:
            return ["it has not begun: it waits for brokers or the database, its log says for which"]
        behind: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for followed, at in self._level_at.items():
            if self._now() - at > self._ready_lag_s or followed not in self._lag:
                behind[followed.stream, followed.model].append(followed.partition)
        return [self._why(stream, model, partitions) for (stream, model), partitions in behind.items()]

    def _why(self, stream: str, model: str, partitions: Sequence[int]) -> str:
        lag = sum(self._lag.get(Followed(stream, partition, model), 0) for partition in partitions)
        return f"{model}: partitions {sorted(partitions)} of {stream} are behind the log, by {lag} events or more"


def _labels(followed: Followed) -> tuple[str, str, str]:
    return followed.stream, str(followed.partition), followed.model
