"""How to reach a Kafka cluster, and be let in."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class Security:
    """What a cluster asks of its clients, by Kafka's own names; files are PEM.

    ca_file None: the authorities that this machine trusts. key_file None: the key stands in `certificate_file`.
    """

    protocol: Protocol = "PLAINTEXT"
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    key_password: str | None = field(default=None, repr=False)
    verify_hostname: bool = True
    mechanism: Mechanism | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether TLS stands around everything."""
        return self.protocol in ("SSL", "SASL_SSL")

    @property
    def authenticated(self) -> bool:
        """Whether a user and a password are asked for."""
        return self.protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    def options(self) -> dict[str, Any]:
        """What every client of aiokafka takes; raises OSError and ssl.SSLError where a file cannot be used."""
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if self.encrypted:
            options["ssl_context"] = self.tls()
        if self.authenticated:
            # aiokafka calls them so for every mechanism.
            options |= {"sasl_mechanism": self.mechanism, "sasl_plain_username": self.user}
            options["sasl_plain_password"] = self.password
        return options

    def tls(self) -> ssl.SSLContext:
        """The files, read; raises OSError and ssl.SSLError."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.check_hostname = self.verify_hostname
        if self.certificate_file is not None:
            # Without a password OpenSSL would ask for it on the terminal, and wait.
            password = self.key_password or ""
            context.load_cert_chain(self.certificate_file, self.key_file, password)
        return context


UNSECURED = Security()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Addresses to start from, `host:port` separated by commas, who we are there, and what lets us in."""

    bootstrap: str
    client_id: str = "mendline"
    security: Security = UNSECURED

    def options(self) -> dict[str, Any]:
        """What every client of aiokafka takes; raises OSError and ssl.SSLError where a file cannot be used."""
        return {"bootstrap_servers": self.bootstrap, "client_id": self.client_id, **self.security.options()}

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Cluster:
        """The cluster whose fields `dataclasses.asdict` gave."""
        return Cluster(**{**fields, "security": Security(**fields["security"])})
