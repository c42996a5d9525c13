"""Keys of the HTTP API as people make them: drawn here, where only the secret's hash leaves for the log."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from mendline.producer import TIMEOUT_S, BrokersAwayError
from schemas.cluster import Cluster
from schemas.control.requests import KeyCreationRequested
from schemas.control.rights import Scope
from schemas.control.tokens import Token, hash_of
from schemas.topics import CONTROL, Topics
from streams.gateway.key_follower import read_keys
from streams.gateway.keyring import KnownKey

ID_BYTES, SECRET_BYTES = 6, 16


def drawn_token() -> Token:
    """A new key, which nobody else will draw: 128 random bits are its secret."""
    return Token(secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES))


def creation_of(token: Token, name: str, scopes: Sequence[Scope]) -> KeyCreationRequested:
    """What has to be asked for, so that this token lets somebody in."""
    return KeyCreationRequested(name=name, hash=hash_of(token.secret), scopes=tuple(scopes))


async def known_keys(cluster: Cluster, topics: Topics, timeout_s: float = TIMEOUT_S) -> Sequence[KnownKey]:
    """Every key that the log tells of, the oldest first; raises BrokersAwayError and LogError."""
    try:
        async with asyncio.timeout(timeout_s):
            return (await read_keys(cluster, topics)).keys()
    except TimeoutError:
        message = (
            f"{topics.events(CONTROL)} cannot be read on {cluster.bootstrap}: are its brokers up, and is the topic "
            "there? `mendline doctor` looks; `mendline topics` makes what is missing"
        )
        raise BrokersAwayError(message) from None
