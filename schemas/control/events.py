"""What happens to an API key."""

from __future__ import annotations

from typing import ClassVar

from schemas.control.requests import KeyHash, KeyName, Scopes
from schemas.message import Event, message


@message
class KeyCreated(Event):
    """Whoever shows the secret with that hash may do this from now on. Always a fate."""

    type: ClassVar[str] = "key_created"
    name: KeyName
    hash: KeyHash
    scopes: Scopes


@message
class KeyRevoked(Event):
    """The key lets nobody in from now on, for ever. Always a fate."""

    type: ClassVar[str] = "key_revoked"


KeyEvent = KeyCreated | KeyRevoked
