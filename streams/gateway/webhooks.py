"""Delivery reports as platforms send them: whether one is genuine, and what it says."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from schemas.device.check import InvalidRequestError, parse_request
from schemas.device.requests import DeliveryReported
from streams.drivers.credentials import Credential
from streams.drivers.wablas.webhook import reports_in as wablas

SECRET = "hook_secret"
"""The name of the value in the device's credential."""
SIGNED_AS = "sha256="
ANY_PLATFORM = "mendline"
"""Reports in Mendline's own words, for any device: from a platform that somebody translates for us."""


class WebhookInvalidError(ValueError):
    """A report is one of its platform's; the message says what is wrong with it."""


def is_genuine(credential: Credential, body: bytes, secret: str | None, signature: str | None) -> bool:
    """Whether a report comes with the secret, or signed with it: `sha256=` and the HMAC-SHA256 of its body in hex.

    Raises CredentialError where the credential has no `hook_secret`.
    """
    wanted = credential.value(SECRET).encode()
    if secret is not None:
        return hmac.compare_digest(secret.encode(), wanted)
    expected = SIGNED_AS + hmac.new(wanted, body, "sha256").hexdigest()
    return signature is not None and hmac.compare_digest(signature.encode(), expected.encode())


def reports_of(platform: str, body: bytes) -> Sequence[DeliveryReported]:
    """What a body says, as JSON or as a form; raises WebhookInvalidError."""
    read = PLATFORMS[platform]
    try:
        return read(_said(body))
    except ValueError as error:
        raise WebhookInvalidError(str(error)) from error


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
    if not isinstance(found, dict) or not found:
        raise ValueError("the body must be a JSON object or a form")
    return found


def _own(said: Mapping[str, Any]) -> list[DeliveryReported]:
    try:
        found = parse_request(DeliveryReported.type, dict(said))
    except InvalidRequestError as error:
        raise ValueError(error.detail) from error
    assert isinstance(found, DeliveryReported)
    return [found]


PLATFORMS: Mapping[str, Callable[[Mapping[str, Any]], Sequence[DeliveryReported]]] = {
    "wablas": wablas,
    ANY_PLATFORM: _own,
}
