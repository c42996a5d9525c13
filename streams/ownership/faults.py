"""Bugs that an owner meets and contains: what it says of them (docs/decisions/0003-bugs.md)."""

from __future__ import annotations

from typing import NamedTuple

BUG = (
    "Mendline met a bug of its own and did nothing: report it with what the worker's log says about this request, "
    "and ask again when it is mended"
)
QUARANTINED = (
    "Mendline met a bug of its own with this device, which alone stands still: report it with what the worker's log "
    "says about the device; a restart of the worker tries again"
)
MAX_STEPS = 10_000
"""Steps of one device in a row before the owner calls its own rules broken, instead of looping for ever."""


class Fault(NamedTuple):
    """A bug that was met: about which device, while deciding what."""

    device_id: str
    cause: str
    error: Exception


class EndlessStepsError(Exception):
    """A device's next steps must come to rest."""


class IntakeGapError(Exception):
    """A batch of requests must follow what was decided: else requests would be lost, or decided twice."""
