"""Why a broker keeps us out, in words that say which setting to change."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import errors as kafka_errors
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.admin import SaslHandShakeRequest

from schemas.cluster import UNSECURED, Security

ANSWER_S = 3.0
CLOSE_S = 1.0
# X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL.
NAMES_ANOTHER = (62, 64)
# Kafka's answers to a SASL handshake: it takes this mechanism, or others.
ASKS_FOR_USER = (0, 33)
ANY_MECHANISM = "PLAIN"


@asynccontextmanager
async def connected(address: str, security: Security) -> AsyncIterator[AIOKafkaConnection]:
    """One connection to a broker, through TLS and SASL where they are; raises KafkaError, OSError and TimeoutError."""
    host, _, port = address.rpartition(":")
    milliseconds = int(ANSWER_S * 1000)
    connection = AIOKafkaConnection(
        host.strip("[]"), int(port), client_id="mendline", request_timeout_ms=milliseconds, **security.options()
    )
    try:
        await connection.connect()
        yield connection
    except OSError:
        raise  # there is no connection to wait for
    except BaseException:
        await _closed(connection)
        raise
    await _closed(connection)


async def _closed(connection: AIOKafkaConnection) -> None:
    """Wait until it is closed, both ways of TLS too, but not for a broker that does not answer."""
    await asyncio.wait({connection.close()}, timeout=CLOSE_S)


def why_not_trusted(error: ssl.SSLCertVerificationError, security: Security) -> str:
    """Why we do not trust its certificate."""
    if error.verify_code in NAMES_ANOTHER:
        told = error.verify_message.rstrip(".")
        return (
            f"shows a certificate of another host ({told}): give MENDLINE_KAFKA the name in it, or the broker one "
            "with its own name; MENDLINE_KAFKA_VERIFY_HOSTNAME=false lets any host of its authority through"
        )
    trusted = security.ca_file or "those that this machine trusts"
    return (
        f"shows a certificate that is not trusted ({error.verify_message}): set MENDLINE_KAFKA_CA_FILE to the "
        f"authority that signs for these brokers (now: {trusted})"
    )


def why_refused(error: kafka_errors.BrokerResponseError, security: Security) -> str:
    """Why it does not take us."""
    match error:
        case kafka_errors.SaslAuthenticationFailed():
            return (
                f"does not let {security.user} in by {security.mechanism}: are MENDLINE_KAFKA_USER and "
                "MENDLINE_KAFKA_PASSWORD right, and has this user a password of that mechanism?"
            )
        case kafka_errors.UnsupportedSaslMechanismError():
            return f"does not take {security.mechanism}: set MENDLINE_KAFKA_SASL_MECHANISM to one that it has"
        case kafka_errors.IllegalSaslStateError():
            return f"asks for no user here: {_set_to(tls=security.encrypted, sasl=False)}"
    return f"refuses ({error!r}): whoever runs it can allow it, with an ACL"


async def why_ended(address: str, error: BaseException, security: Security) -> str | None:
    """Why it ended a connection; None where it is just away."""
    if (alert := _alert(error)) is not None:
        return f"does not take our certificate ({alert}): {_about_certificate(security)}"
    if isinstance(error, ConnectionRefusedError | TimeoutError):
        return None
    if security.encrypted and await _answers_plainly(address):
        return f"speaks no TLS here: {_set_to(tls=False, sasl=security.authenticated)}, or use its port for TLS"
    if not security.encrypted and await _speaks_tls(address):
        return f"speaks TLS here: {_set_to(tls=True, sasl=security.authenticated)}"
    if not security.authenticated and await _asks_for_user(address, security):
        return f"asks for a user: {_set_to(tls=security.encrypted, sasl=True)}, with mechanism, user and password"
    return None


def _alert(error: BaseException) -> str | None:
    """What TLS said of our certificate, where that is why a connection ended."""
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    reason = cause.reason if isinstance(cause, ssl.SSLError) else None
    return reason.lower().replace("_", " ") if reason and "ALERT" in reason else None


def _about_certificate(security: Security) -> str:
    if security.certificate_file is None:
        return "set MENDLINE_KAFKA_CERTIFICATE_FILE and MENDLINE_KAFKA_KEY_FILE to one that it trusts"
    return f"is {security.certificate_file} signed by an authority that it trusts, and still valid?"


def _set_to(*, tls: bool, sasl: bool) -> str:
    ways = {
        (False, False): "plaintext",
        (True, False): "tls",
        (False, True): "sasl_plaintext",
        (True, True): "sasl_tls",
    }
    return f"set MENDLINE_KAFKA_SECURITY to {ways[tls, sasl]}"


async def _answers_plainly(address: str) -> bool:
    try:
        async with asyncio.timeout(ANSWER_S), connected(address, UNSECURED):
            return True
    except (kafka_errors.KafkaError, OSError, TimeoutError):
        return False


async def _speaks_tls(address: str) -> bool:
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is said through it but that it is there.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _asks_for_user(address: str, security: Security) -> bool:
    try:
        async with asyncio.timeout(ANSWER_S), connected(address, security) as connection:
            answer = await connection.send(SaslHandShakeRequest(ANY_MECHANISM))
    except (kafka_errors.KafkaError, OSError, TimeoutError):
        return False
    return answer.error_code in ASKS_FOR_USER
