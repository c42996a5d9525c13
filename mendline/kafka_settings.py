"""Settings of the brokers: where they are, and what lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from schemas.cluster import Mechanism, Protocol

Way = Literal["plaintext", "tls", "sasl_plaintext", "sasl_tls"]
PROTOCOLS: Mapping[Way, Protocol] = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
WAYS = {protocol.lower(): way for way, protocol in PROTOCOLS.items()}
OF_TLS = (
    "kafka_ca_file",
    "kafka_certificate_file",
    "kafka_key_file",
    "kafka_key_password",
    "kafka_key_password_file",
    "kafka_verify_hostname",
)
OF_SASL = ("kafka_sasl_mechanism", "kafka_user", "kafka_password", "kafka_password_file")


def _checked_brokers(value: str) -> str:
    for broker in value.split(","):
        host, _, port = broker.strip().rpartition(":")
        if not host or not port.isdecimal():
            message = f"{broker!r} is no broker: give host:port, several with commas between"
            raise ValueError(message)
    return value


def _way(value: Any) -> Any:
    return WAYS.get(value.lower(), value.lower()) if isinstance(value, str) else value


def _mechanism(value: Any) -> Any:
    return value.upper().replace("_", "-") if isinstance(value, str) else value


class KafkaSettings(BaseSettings):
    """Those of the brokers, of which `Settings` is made."""

    kafka: Annotated[str, AfterValidator(_checked_brokers)] | None = Field(
        None, description="brokers, host:port[,host:port]; none: an embedded one"
    )
    kafka_security: Annotated[Way, BeforeValidator(_way)] = Field(
        "plaintext",
        description="what those brokers ask for: plaintext, tls, sasl_plaintext, sasl_tls, or Kafka's names",
    )
    kafka_ca_file: Path | None = Field(
        None, description="PEM: who may sign the brokers' certificates; none: whom this machine trusts"
    )
    kafka_verify_hostname: bool = Field(True, description="whether a broker's certificate has to name its host")
    kafka_certificate_file: Path | None = Field(None, description="PEM: our certificate, where brokers want one")
    kafka_key_file: Path | None = Field(None, description="PEM: its key; none: it stands in the certificate's file")
    kafka_key_password: SecretStr | None = Field(None, description="of that key, where it has one")
    kafka_key_password_file: Path | None = Field(None, description="a file with that instead")
    kafka_sasl_mechanism: Annotated[Mechanism, BeforeValidator(_mechanism)] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_user: str | None = Field(None, min_length=1, description="who we are to brokers that ask (SASL)")
    kafka_password: SecretStr | None = Field(None, min_length=1, description="that user's password")
    kafka_password_file: Path | None = Field(None, description="a file with that instead, as containers have secrets")

    @model_validator(mode="after")
    def _lets_in(self) -> Self:
        broken = [problem for problem, holds in _contradictions(self) if holds]
        if broken:
            raise ValueError("; ".join(broken))
        return self


def _contradictions(settings: KafkaSettings) -> list[tuple[str, bool]]:
    """What would be wrong, and whether it is."""
    way, certificate = settings.kafka_security, settings.kafka_certificate_file
    encrypted, asks = way in ("tls", "sasl_tls"), way in ("sasl_plaintext", "sasl_tls")
    useless = [(name, "tls or sasl_tls") for name in OF_TLS if not encrypted]
    useless += [(name, "sasl_tls or sasl_plaintext") for name in OF_SASL if not asks]
    return [
        *((_useless(name, way, ways), _says(settings, name)) for name, ways in useless),
        *((_missing(name, way), asks and not _says(settings, name)) for name in ("kafka_sasl_mechanism", "kafka_user")),
        (_missing("kafka_password", way), asks and not _either(settings, "kafka_password")),
        (_twice("kafka_password"), _both(settings, "kafka_password")),
        (_twice("kafka_key_password"), _both(settings, "kafka_key_password")),
        (_alone("kafka_key_file"), _says(settings, "kafka_key_file") and certificate is None),
        (_alone("kafka_key_password"), _either(settings, "kafka_key_password") and certificate is None),
        (_without_brokers(way), way != "plaintext" and settings.kafka is None),
    ]


def _says(settings: KafkaSettings, name: str) -> bool:
    return bool(getattr(settings, name) != KafkaSettings.model_fields[name].default)


def _either(settings: KafkaSettings, name: str) -> bool:
    return _says(settings, name) or _says(settings, f"{name}_file")


def _both(settings: KafkaSettings, name: str) -> bool:
    return _says(settings, name) and _says(settings, f"{name}_file")


def _useless(name: str, way: str, ways: str) -> str:
    return f"{variable(name)} is given, and MENDLINE_KAFKA_SECURITY is {way}: say {ways}, or leave it out"


def _missing(name: str, way: str) -> str:
    also = f" (or {variable(name)}_FILE)" if name == "kafka_password" else ""
    return f"{variable(name)}{also} is missing: {way} needs it"


def _twice(name: str) -> str:
    return f"{variable(name)} and {variable(name)}_FILE are both given: leave one out"


def _alone(name: str) -> str:
    return f"{variable(name)} is given without MENDLINE_KAFKA_CERTIFICATE_FILE: they belong together"


def _without_brokers(way: str) -> str:
    return (
        f"MENDLINE_KAFKA_SECURITY is {way}, and MENDLINE_KAFKA names no brokers: set it too (an embedded broker "
        "listens on this machine only, and asks for nothing)"
    )


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"MENDLINE_{name.upper()}"
