"""The key of the simulated installation."""

from __future__ import annotations

KEY = b"a key of the simulation"
"""It makes the names of unique values."""
