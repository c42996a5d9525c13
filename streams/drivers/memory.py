"""A bounded memory: a dictionary that keeps its newest keys."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(memory: dict[K, V], key: K, value: V, limit: int) -> None:
    """Put `key` in, and the oldest one out where there are more than `limit`."""
    memory[key] = value
    if len(memory) > limit:
        del memory[next(iter(memory))]
