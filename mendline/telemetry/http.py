"""What an HTTP server counts of its requests; it knows nothing of servers: a middleware tells it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from mendline.telemetry import catalogue as c
from mendline.telemetry.serving import new_registry, rendered
from streams.worker.figures import Spread

NO_ROUTE = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "(other)"


class HttpMetrics(Collector):
    """Call `begun` when a request comes and `ended` when its answer has gone; once each, whatever becomes of it.

    registry: others may register with it too, what they collect is told with this.
    """

    def __init__(self) -> None:
        self.registry = new_registry()
        self.registry.register(self)
        self._in_flight = 0
        self._answered: Counter[tuple[str, str, str]] = Counter()
        self._took: defaultdict[tuple[str, str], Spread] = defaultdict(Spread)

    def begun(self) -> None:
        """A request came."""
        self._in_flight += 1

    def ended(self, route: str | None, method: str, status: int, took_s: float) -> None:
        """Its answer has gone. route: the template (`/api/sends/{request_id}`), never the path; None: no route fits."""
        self._in_flight -= 1
        # Names that a caller makes up must not become labels.
        where = route or NO_ROUTE, method if method in METHODS else OTHER
        self._answered[*where, str(status)] += 1
        self._took[where].add(took_s * 1000)

    def describe(self) -> Sequence[Metric]:
        """Nothing is collected when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        yield c.HTTP_REQUESTS.of(self._answered.items())
        yield c.HTTP_SECONDS.of_spreads(self._took.items())
        yield c.HTTP_IN_FLIGHT.of([((), self._in_flight)])

    def rendered(self, accept: str = "") -> tuple[str, bytes]:
        """Content type and bytes of `/metrics`, in the form that an `Accept` header wants."""
        return rendered(self.registry, accept)
