from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import psutil
import pytest
from prometheus_client import CollectorRegistry, Counter

from mendline.errors import SettingInvalidError
from mendline.settings import Settings
from mendline.telemetry.serving import serving
from tests.mendline.telemetry.scrapes import free_port


class Told:
    """A process that waits for a broker."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        Counter("eggs", "laid", registry=self.registry).inc(3)
        self.why = ["it waits for a broker"]

    def not_ready(self) -> list[str]:
        return self.why


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def client(told: Told) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks a process that answers."""
    settings = Settings(metrics_port=free_port())
    async with (
        serving(settings, told),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.metrics_port}") as asking,
    ):
        yield asking


def listeners() -> int:
    """How many sockets of this process listen."""
    return sum(each.status == psutil.CONN_LISTEN for each in psutil.Process().net_connections(kind="tcp"))


async def test_metrics_are_told_in_prometheus_form(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert "eggs_total 3.0" in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")


async def test_metrics_are_told_in_openmetrics_form_to_whom_wants_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.text.endswith("# EOF\n")


async def test_a_process_that_answers_is_alive_though_it_is_not_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200


async def test_a_process_that_is_not_ready_says_why(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["why_not"]) == (503, ["it waits for a broker"])


async def test_a_process_that_lacks_nothing_is_ready(client: httpx.AsyncClient, told: Told) -> None:
    told.why = []
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "why_not": []})


@pytest.mark.usefixtures("client")
async def test_a_port_that_is_taken_is_told_with_what_to_do(told: Told) -> None:
    taken = free_port()
    async with serving(Settings(metrics_port=taken), told):
        with pytest.raises(SettingInvalidError, match=f"MENDLINE_METRICS_PORT: 127.0.0.1:{taken} is not to be had"):
            await serving(Settings(metrics_port=taken), told).__aenter__()


async def test_without_a_port_nothing_listens(told: Told) -> None:
    before = listeners()
    async with serving(Settings(), told):
        assert listeners() == before
