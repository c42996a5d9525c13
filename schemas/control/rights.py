"""Who asks over HTTP, and what he may: for the gateway's rights and for whoever stands in for them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Scope = Literal["send", "read", "operate", "audit", "admin"]


class Caller(NamedTuple):
    """Whose API key came with a request, by its id and its name."""

    key_id: str
    name: str
    scopes: frozenset[Scope]

    @property
    def actor(self) -> str:
        """What the log calls who asks with this key."""
        return f"key:{self.key_id}"

    def may(self, scope: Scope) -> bool:
        """Whether the key has that right; an admin's has every one."""
        return scope in self.scopes or "admin" in self.scopes
