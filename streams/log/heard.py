"""How long brokers have said nothing of what is followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

SILENT_S = 5.0
"""So long brokers may say nothing before it is told; until then what is known may be old by so much."""

P = TypeVar("P", bound=Hashable)


class Heard(Generic[P]):
    """Of each partition that is followed, when its leader answered last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[P, float] = {}

    def note(self, partitions: Iterable[P]) -> None:
        """The leaders of these answered just now."""
        self._heard |= dict.fromkeys(partitions, self._clock())

    def forget(self) -> None:
        """Nothing is followed until something is heard again."""
        self._heard.clear()

    @property
    def anything(self) -> bool:
        """Whether anything was heard, and not forgotten."""
        return bool(self._heard)

    def silent_too_long_s(self) -> float:
        """For how long nothing was heard of the most silent partition, where that is too long, else 0."""
        silent_s = self._clock() - min(self._heard.values())
        return silent_s if silent_s > SILENT_S else 0.0
