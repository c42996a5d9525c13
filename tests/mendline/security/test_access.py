"""What keeps us out of brokers, and what a person is told of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mendline.access import AccessRefusedError, await_access, check_access
from schemas.cluster import Cluster
from tests.authority import Authority
from tests.guarded_kafka import GuardedKafka

CLEAR = {"protocol": "PLAINTEXT"}
TLS = {"protocol": "SSL"}
SASL = {"protocol": "SASL_PLAINTEXT"}


@pytest.mark.parametrize(
    ("listener", "given"),
    [
        ("PLAINTEXT", CLEAR),
        ("TLS", TLS),
        ("OPEN", SASL),
        ("GUARDED", {}),
        ("GUARDED", {"mechanism": "PLAIN"}),
        ("GUARDED", {"mechanism": "SCRAM-SHA-256"}),
        ("MISNAMED", TLS | {"verify_hostname": False}),
    ],
)
async def test_who_comes_as_a_listener_wants_it_is_let_in(
    guarded_kafka: GuardedKafka, listener: str, given: dict[str, Any]
) -> None:
    assert await check_access(guarded_kafka.cluster(listener, **given))


@pytest.mark.parametrize("password", [None, "of the key"])
async def test_a_certificate_that_the_broker_trusts_lets_in(
    guarded_kafka: GuardedKafka, tmp_path: Path, password: str | None
) -> None:
    ours = guarded_kafka.authority.signed(tmp_path, "mendline", password=password)
    files = {"certificate_file": str(ours.certificate), "key_file": str(ours.key), "key_password": password}
    assert await check_access(guarded_kafka.cluster("MUTUAL", **TLS | files))


@pytest.mark.parametrize(
    ("listener", "given", "told"),
    [
        ("GUARDED", {"password": "wrong"}, "does not let mendline in by SCRAM-SHA-512: are MENDLINE_KAFKA_USER and"),
        ("GUARDED", {"mechanism": "PLAIN", "password": "wrong"}, "does not let mendline in by PLAIN"),
        (
            "GUARDED",
            {"ca_file": None},
            "shows a certificate that is not trusted .*set MENDLINE_KAFKA_CA_FILE.*those that this machine",
        ),
        ("GUARDED", TLS, "asks for a user: set MENDLINE_KAFKA_SECURITY to sasl_tls"),
        ("OPEN", CLEAR, "asks for a user: set MENDLINE_KAFKA_SECURITY to sasl_plaintext"),
        ("TLS", CLEAR, "speaks TLS here: set MENDLINE_KAFKA_SECURITY to tls"),
        ("GUARDED", SASL, "speaks TLS here: set MENDLINE_KAFKA_SECURITY to sasl_tls"),
        ("MUTUAL", CLEAR, "speaks TLS here: set MENDLINE_KAFKA_SECURITY to tls"),
        ("PLAINTEXT", TLS, "speaks no TLS here: set MENDLINE_KAFKA_SECURITY to plaintext"),
        ("OPEN", {}, "speaks no TLS here: set MENDLINE_KAFKA_SECURITY to sasl_plaintext"),
        ("TLS", {}, "asks for no user here: set MENDLINE_KAFKA_SECURITY to tls"),
        ("PLAINTEXT", SASL, "asks for no user here: set MENDLINE_KAFKA_SECURITY to plaintext"),
        ("MISNAMED", TLS, "shows a certificate of another host .*not valid for '127.0.0.1'.*VERIFY_HOSTNAME=false"),
        ("MUTUAL", TLS, "does not take our certificate .*certificate required.*set MENDLINE_KAFKA_CERTIFICATE_FILE"),
    ],
)
async def test_who_does_not_is_told_which_setting_to_change(
    guarded_kafka: GuardedKafka, listener: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(AccessRefusedError, match=f"{guarded_kafka.addresses[listener]} {told}"):
        await check_access(guarded_kafka.cluster(listener, **given))


async def test_a_certificate_of_a_foreign_authority_does_not_let_in(
    guarded_kafka: GuardedKafka, tmp_path: Path
) -> None:
    foreign = Authority.made(tmp_path, "foreign").signed(tmp_path, "mendline")
    files = {"certificate_file": str(foreign.certificate), "key_file": str(foreign.key)}
    with pytest.raises(AccessRefusedError, match=r"mendline\.pem signed by an authority that it trusts"):
        await check_access(guarded_kafka.cluster("MUTUAL", **TLS | files))


async def test_an_unknown_authority_is_named(guarded_kafka: GuardedKafka, tmp_path: Path) -> None:
    unknown = Authority.made(tmp_path, "unknown")
    with pytest.raises(AccessRefusedError, match=f"now: {unknown.file}"):
        await check_access(guarded_kafka.cluster(ca_file=str(unknown.file)))


async def test_one_broker_that_lets_in_is_enough(guarded_kafka: GuardedKafka) -> None:
    addresses = ",".join(["127.0.0.1:1", guarded_kafka.addresses["TLS"], guarded_kafka.addresses["PLAINTEXT"]])
    assert await check_access(Cluster(addresses))


async def test_brokers_that_are_away_keep_nobody_out() -> None:
    assert not await check_access(Cluster("127.0.0.1:1,nowhere.invalid:9092"))


async def test_no_password_stands_in_what_is_told(guarded_kafka: GuardedKafka) -> None:
    with pytest.raises(AccessRefusedError) as refused:
        await check_access(guarded_kafka.cluster(password="super secret"))
    assert "super secret" not in f"{refused.value!r} {guarded_kafka.cluster(password='super secret')!r}"


async def test_who_waits_for_brokers_is_let_in_when_they_are_there(guarded_kafka: GuardedKafka) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await await_access(Cluster("127.0.0.1:1"))
    await await_access(guarded_kafka.cluster())
