"""A broker with one listener for each way to guard it; clients get the addresses of the one they come in by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from mendline.embedded import kafka
from mendline.embedded.kafka import KafkaCluster
from mendline.embedded.kafka_properties import NodePlan, server_properties
from mendline.embedded.ports import LOOPBACK, reserve
from schemas.cluster import Cluster, Security
from tests.authority import Authority

USER, PASSWORD = "mendline", "correct horse"
LISTENERS = {"TLS": "SSL", "MUTUAL": "SSL", "MISNAMED": "SSL", "GUARDED": "SASL_SSL", "OPEN": "SASL_PLAINTEXT"}
"""Each listener, and its protocol. MUTUAL wants certificates of clients, MISNAMED has one for another host."""
MECHANISMS = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
LOGIN = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class GuardedKafka:
    """Where each listener listens (PLAINTEXT is the broker's own), and the folder of certificates."""

    addresses: dict[str, str]
    folder: Path

    @property
    def authority(self) -> Authority:
        """Who signed the broker's certificates, and whose certificates it trusts."""
        return Authority(self.folder, "authority")

    def security(self, **given: Any) -> Security:
        """What its user needs at GUARDED, but for what is given."""
        usual = {"protocol": "SASL_SSL", "ca_file": str(self.authority.file), "mechanism": "SCRAM-SHA-512"}
        return Security(**usual | {"user": USER, "password": PASSWORD} | given)

    def cluster(self, listener: str = "GUARDED", **given: Any) -> Cluster:
        """The broker by one of its listeners."""
        return Cluster(self.addresses[listener], security=self.security(**given))

    def settings(self, password: Path) -> dict[str, str]:
        """The same as variables of the environment, PASSWORD in a file."""
        return {
            "MENDLINE_KAFKA": self.addresses["GUARDED"],
            "MENDLINE_KAFKA_SECURITY": "sasl_tls",
            "MENDLINE_KAFKA_CA_FILE": str(self.authority.file),
            "MENDLINE_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "MENDLINE_KAFKA_USER": USER,
            "MENDLINE_KAFKA_PASSWORD_FILE": str(password),
        }


@contextmanager
def running_guarded(folder: Path, class_path: str) -> Iterator[dict[str, str]]:
    """Its listeners' addresses, for as long as the context lasts; its user is USER with PASSWORD, by any mechanism."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        ports = {name: reserve() for name in LISTENERS}
        for port in ports.values():
            opened.callback(port.release)
        numbers = {name: port.number for name, port in ports.items()}
        more = _listening() | _certified(folder) | _letting_in()
        with pytest.MonkeyPatch.context() as patched:  # only while it starts: others start brokers of their own
            patched.setattr(kafka, "server_properties", lambda plan, log: _properties(plan, log, numbers, more))
            cluster = opened.enter_context(KafkaCluster(folder / "kafka", class_path))
        _make_user(cluster.bootstrap)
        addresses = {name: f"{LOOPBACK}:{number}" for name, number in numbers.items()}
        yield {"PLAINTEXT": cluster.bootstrap} | addresses


def _properties(plan: NodePlan, log: Path, ports: dict[str, int], more: dict[str, str]) -> str:
    own, controller = f"PLAINTEXT://{plan.address}", f"CONTROLLER://{LOOPBACK}:{plan.voters[plan.node_id]}"
    listeners = ",".join([own, controller, *(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())])
    settings = {"listeners": listeners, "advertised.listeners": listeners} | more
    # Of a name that stands twice, the last line holds.
    return server_properties(plan, log) + "".join(f"{name}={value}\n" for name, value in settings.items())


def _listening() -> dict[str, str]:
    protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"} | LISTENERS
    return {"listener.security.protocol.map": ",".join(f"{name}:{each}" for name, each in protocols.items())}


def _certified(folder: Path) -> dict[str, str]:
    authority = Authority.made(folder, "authority")
    stores = {name: folder / f"{name}.store" for name in ("localhost", "elsewhere.example")}
    for name, store in stores.items():
        store.write_text(authority.signed(folder, name, ip=LOOPBACK if name == "localhost" else None).both)
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(stores["localhost"]),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "listener.name.misnamed.ssl.keystore.type": "PEM",
        "listener.name.misnamed.ssl.keystore.location": str(stores["elsewhere.example"]),
        "listener.name.mutual.ssl.client.auth": "required",
    }


def _letting_in() -> dict[str, str]:
    plain = f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = f"{LOGIN}.scram.ScramLoginModule required;"
    logins = {"plain": plain, "scram-sha-256": scram, "scram-sha-512": scram}
    guarded = ("guarded", "open")
    return {"sasl.enabled.mechanisms": MECHANISMS} | {
        f"listener.name.{name}.{each}.sasl.jaas.config": login for name in guarded for each, login in logins.items()
    }


def _make_user(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    known = [
        UserScramCredentialUpsertion(USER, ScramCredentialInfo(mechanism, 4096), PASSWORD.encode())
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
    ]
    for upsertion in known:
        for made in admin.alter_user_scram_credentials([upsertion]).values():
            made.result(timeout=30)
