"""How a mistake is planted: something of the product is replaced while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Patch = tuple[Any, str, object]
"""What is changed, which of its names, and what stands there instead."""

Mistakes = Mapping[str, Callable[[], Patch]]
"""Each mistake by what it does wrong."""


def nothing(*_: Any, **__: Any) -> None:
    """Does nothing."""


def none_of_them(*_: Any, **__: Any) -> list[Any]:
    """Finds nothing."""
    return []


def nobody(*_: Any, **__: Any) -> set[Any]:
    """Finds nobody."""
    return set()


def no(*_: Any, **__: Any) -> bool:
    """Denies."""
    return False
