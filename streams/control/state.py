"""An API key as its owner knows it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from schemas.control.rights import Scope

Status = Literal["unknown", "live", "revoked"]


class Key(NamedTuple):
    """The key; `hash`: of its secret."""

    status: Status = "unknown"
    name: str = ""
    hash: str = ""
    scopes: frozenset[Scope] = frozenset()
