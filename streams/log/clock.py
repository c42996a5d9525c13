"""The clock of this machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from streams.log.ports import Clock


class SystemClock(Clock):
    """Time as this machine tells it."""

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
