"""A Wablas account: where its server is, and what lets a device in."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streams.drivers.credentials import Credential, CredentialError

HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Account:
    """url: of the account's server, without a slash at its end; authorization: the header's value."""

    url: str
    authorization: str = field(repr=False)


def account_of(credential: Credential) -> Account:
    """What a credential says: `url`, `token`, and `secret` where the account has one; raises CredentialError."""
    token, secret = credential.value("token"), credential.values.get("secret")
    authorization = f"{token}.{secret}" if secret else token
    if not (authorization.isascii() and authorization.isprintable()) or " " in authorization:
        raise CredentialError(f"credential {credential.name!r}: token and secret are visible ASCII without blanks")
    return Account(_server(credential), authorization)


def _server(credential: Credential) -> str:
    url = credential.value("url").rstrip("/")
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, fits = urlsplit(""), False
    if not fits or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)):
        raise CredentialError(
            f"credential {credential.name!r}: url is to be the account's server, https://SERVER.wablas.com "
            "(http only on this machine: the token would travel for all to read)"
        )
    return url
