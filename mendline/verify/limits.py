"""The numbers that the rules depend on; the defaults are those of the design."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a log is held to.

    max_attempts: attempts of a send that count. window, window_in_all: settled sends that a device, and a partition,
    must remember. settled: nothing may be undecided or open at the end. stops: processes were stopped and woken in
    this run, so links and effects of two processes may overlap; they are counted, not held against the log.
    """

    max_attempts: int = 10
    window: int = 500
    window_in_all: int = 250_000
    settled: bool = False
    stops: bool = False
