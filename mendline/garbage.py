"""How often Python looks for cycles: for processes that hold millions of small values and make hardly any."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Leave alone what is there already, and look seldom at the rest: else it takes a good part of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
