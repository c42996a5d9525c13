"""From the settings of the brokers to what lets us in: every file is read once, so that a wrong one is told at once."""

from __future__ import annotations

import ssl
from pathlib import Path

from mendline.errors import SettingInvalidError
from mendline.kafka_settings import PROTOCOLS, KafkaSettings, variable
from schemas.cluster import Security

PEM = "give a file of PEM text"


def security_of(settings: KafkaSettings) -> Security:
    """What lets us in, with every file read once; raises SettingInvalidError, naming the variable."""
    security = Security(
        protocol=PROTOCOLS[settings.kafka_security],
        ca_file=_path(settings.kafka_ca_file),
        certificate_file=_path(settings.kafka_certificate_file),
        key_file=_path(settings.kafka_key_file),
        key_password=_secret(settings, "kafka_key_password"),
        verify_hostname=settings.kafka_verify_hostname,
        mechanism=settings.kafka_sasl_mechanism,
        user=settings.kafka_user,
        password=_secret(settings, "kafka_password"),
    )
    _check_files(settings, security)
    return security


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _secret(settings: KafkaSettings, name: str) -> str | None:
    given, file = getattr(settings, name), getattr(settings, f"{name}_file")
    if file is None:
        return None if given is None else str(given.get_secret_value())
    try:
        secret: str = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(f"{name}_file", file, error, "give a file with nothing but the password") from None
    if not secret:
        raise SettingInvalidError(f"{variable(name)}_FILE: {file} is empty: write the password into it")
    return secret


def _check_files(settings: KafkaSettings, security: Security) -> None:
    if not security.encrypted:
        return
    for name in ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file"):
        _check_readable(name, getattr(settings, name))
    try:
        ssl.create_default_context(cafile=security.ca_file)
    except ssl.SSLError as error:
        raise _unusable("kafka_ca_file", settings.kafka_ca_file, error, PEM) from None
    try:
        security.tls()
    except ssl.SSLError as error:
        advice = "it and its key are to be PEM and a pair; a locked key needs MENDLINE_KAFKA_KEY_PASSWORD"
        raise _unusable("kafka_certificate_file", settings.kafka_certificate_file, error, advice) from None


def _check_readable(name: str, path: Path | None) -> None:
    try:
        if path is not None:
            path.read_bytes()
    except OSError as error:
        raise _unusable(name, path, error, PEM) from None


def _unusable(name: str, path: Path | None, error: Exception, advice: str) -> SettingInvalidError:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "no text"
    return SettingInvalidError(f"{variable(name)}: {path} cannot be used ({reason}): {advice}")
