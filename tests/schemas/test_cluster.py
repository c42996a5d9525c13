from __future__ import annotations

from dataclasses import asdict

import orjson

from schemas.cluster import Cluster, Security


def test_cluster_is_the_same_in_another_process() -> None:
    cluster = Cluster("broker:9093", "someone", Security("SASL_SSL", "ca.pem", user="mendline", password="secret"))
    assert Cluster.of(orjson.loads(orjson.dumps(asdict(cluster)))) == cluster


def test_unsecured_cluster_needs_no_file() -> None:
    assert Cluster("broker:9092").options() == {
        "bootstrap_servers": "broker:9092",
        "client_id": "mendline",
        "security_protocol": "PLAINTEXT",
    }


def test_hosts_are_verified_unless_it_is_said_otherwise() -> None:
    assert Security("SSL").tls().check_hostname
    assert not Security("SSL", verify_hostname=False).tls().check_hostname
