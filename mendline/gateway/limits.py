"""How often a key may ask one node: a bucket of tokens for each, filled again at a steady rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from mendline.gateway.problems import ProblemError

BURST_S = 2.0
"""So many seconds' worth may be asked at once by whoever was quiet before."""


class Limits:
    """Requests per second of each key; as many buckets as there are keys."""

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, key_id: str) -> None:
        """One request; raises ProblemError when there were too many."""
        now = self._now()
        most = self._per_second * BURST_S
        left, at = self._buckets.get(key_id, (most, now))
        left = min(most, left + (now - at) * self._per_second)
        if left < 1:
            self._buckets[key_id] = left, now
            raise ProblemError(
                "too_many_requests",
                f"this key may ask each node {self._per_second:g} times a second: ask more slowly, send up to 1,000 "
                "messages in one request, or raise MENDLINE_API_REQUESTS_PER_S",
                retry_after_s=max(1, math.ceil((1 - left) / self._per_second)),
            )
        self._buckets[key_id] = left - 1, now
