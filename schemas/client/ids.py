"""Ids of clients whose creator names none."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

NAMESPACE = UUID("6d656e64-6c69-5e65-8000-636c69656e74")
"""Of idempotency keys; never to be changed, or a repeated creation would make a second client."""


def client_id_for(idempotency_key: str | None = None) -> str:
    """The same id for the same key, for ever (UUIDv5, RFC 9562); without a key a new one."""
    return str(uuid4() if idempotency_key is None else uuid5(NAMESPACE, idempotency_key))
