"""What a process tells of itself, as whoever asks it by HTTP reads it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from mendline.telemetry.serving import rendered

Labels = Mapping[str, str]


class Sample(NamedTuple):
    """One line of a scrape."""

    name: str
    labels: Labels
    value: float


class Scrape:
    """All samples of a scrape."""

    def __init__(self, text: str) -> None:
        self.samples = [
            Sample(s.name, s.labels, s.value) for f in text_string_to_metric_families(text) for s in f.samples
        ]
        self.kinds = {f.name: f.type for f in text_string_to_metric_families(text)}

    @property
    def names(self) -> set[str]:
        """The names of the samples."""
        return {sample.name for sample in self.samples}

    def all(self, name: str, **labels: str) -> list[float]:
        """The values of samples that have these labels among theirs."""
        return [s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items()]

    def sum(self, name: str, **labels: str) -> float:
        """Their sum."""
        return sum(self.all(name, **labels))


def scrape_of(registry: CollectorRegistry) -> Scrape:
    """What a registry holds now."""
    return Scrape(rendered(registry)[1].decode())


def scrape_at(port: int) -> Scrape:
    """What the process behind a port tells."""
    return Scrape(httpx.get(f"http://127.0.0.1:{port}/metrics").text)


def readiness_at(port: int) -> tuple[int, Any]:
    """Status and body of its `/readyz`; (0, None) while nobody answers."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
    except httpx.TransportError:
        return 0, None
    return answer.status_code, answer.json()


def free_port() -> int:
    """A port of the loopback that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
