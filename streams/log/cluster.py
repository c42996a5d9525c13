"""How to reach a Kafka cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Cluster:
    """Addresses to start from, `host:port` separated by commas, and who we are there.

    security: aiokafka's own names, such as `security_protocol`, `ssl_context` and `sasl_mechanism`.
    """

    bootstrap: str
    client_id: str = "mendline"
    security: Mapping[str, Any] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """What every client of aiokafka takes."""
        return {"bootstrap_servers": self.bootstrap, "client_id": self.client_id, **self.security}
