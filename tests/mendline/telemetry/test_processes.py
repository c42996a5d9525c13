"""All processes together, asked what they tell: whatever is described, shown and alerted on has to be among it."""

from __future__ import annotations

from mendline.producer import Producer
from mendline.telemetry.catalogue import BY_PROCESS
from mendline.telemetry.http import HttpMetrics
from mendline.telemetry.hub import HubTelemetry
from schemas.cluster import Cluster
from schemas.device.body import Body
from schemas.device.requests import DeviceRegistrationRequested, SendRequested
from streams.hub.fan_out import FanOut
from streams.hub.hub import Hub
from streams.hub.limits import Limits
from streams.hub.tokens import Tokens
from tests.docker.observed import asked
from tests.faults.real.conftest import site
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.site import Site
from tests.faults.real.waiting import until
from tests.mendline.telemetry.scrapes import free_port, readiness_at, scrape_at, scrape_of
from tests.projections.conftest import database
from tests.streams.hub.made_up_hub import KEY, Asked, MadeUpPast

__all__ = ["database", "site"]
FLEET = Fleet(1, (Group("simulated-repeatable", "phone-", 1, 20),))
PHONE = "phone-00001"
WAIT_S = 60.0
PROMETHEUS_OWN = {"up"}


def told_over_http() -> set[str]:
    """The names that a gateway tells after its first request."""
    metrics = HttpMetrics()
    metrics.begun()
    metrics.ended("/healthz", "GET", 200, 0.001)
    return scrape_of(metrics.registry).names


def told_by_a_hub() -> set[str]:
    """The names that a node of the hub tells once somebody was there."""
    hub = Hub(Tokens("here", KEY), MadeUpPast(), FanOut(), Asked(), Limits())
    hub.figures.closed[0] = 1
    hub.figures.tokens["valid"] = 1
    return scrape_of(HubTelemetry(hub, lambda: ()).registry).names


async def one_send(site: Site) -> None:
    """A device, and a send through it."""
    async with Producer(Cluster(site.kafka), site.topics) as producer:
        await producer.publish(PHONE, DeviceRegistrationRequested(driver="simulated-repeatable"))
        await producer.publish(PHONE, SendRequested(to="62811", body=Body(text="hi")))


async def test_every_metric_that_is_described_shown_or_alerted_on_is_told(site: Site, database: str) -> None:
    of_worker, of_projector = free_port(), free_port()
    await site.fleet(FLEET.text())
    site.worker(MENDLINE_METRICS_PORT=str(of_worker)).start()
    site.projector(database, MENDLINE_METRICS_PORT=str(of_projector)).start()
    await one_send(site)
    for port in (of_worker, of_projector):
        await until(lambda port=port: readiness_at(port)[0] == 200, WAIT_S, "not ready")  # type: ignore[misc]  # bound
    settled = "mendline_send_seconds_count"
    await until(lambda: scrape_at(of_projector).sum(settled, state="accepted") == 1, WAIT_S, "nothing is folded")

    told = scrape_at(of_worker).names | scrape_at(of_projector).names | told_over_http() | told_by_a_hub()

    described = {name for metrics in BY_PROCESS.values() for metric in metrics for name in metric.sample_names}
    assert described - told == set()
    assert {name for each in asked() for name in each.names} - told == PROMETHEUS_OWN
