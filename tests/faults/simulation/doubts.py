"""Doubt needs a cause: what the log calls uncertain, and what it forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.simulation.run import Run


def check_doubts(run: Run) -> list[str]:
    """Nothing yet."""
    return []
