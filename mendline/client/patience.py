"""How long a client asks again, and how long it pauses in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Asks again for so long, with growing pauses, each drawn so that many clients do not ask at once."""

    for_s: float = 30.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    now: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    def pause_s(self, failures: int, retry_after_s: float) -> float:
        """The pause after so many failures: at least what the node asks for."""
        longest: float = min(self.longest_pause_s, self.first_pause_s * 2.0**failures)
        return retry_after_s + self.draw() * longest
