"""Why a worker must not claim: it gives up what it has and ends, and a person puts right what its error names."""

from __future__ import annotations

from typing import ClassVar


class UnfitWorkerError(Exception):
    """A worker that must not be owner ends, instead of taking partitions from those that may be."""

    code: ClassVar[str] = "unfit_worker"


class ForeignLogError(UnfitWorkerError):
    """A worker claims only what its own installation wrote, at a level it knows, with the partitions it expects."""

    code = "foreign_log"


class NamesakeError(UnfitWorkerError):
    """Of two processes with one instance id the earlier one ends (as Kafka fences static members)."""

    code = "namesake"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another worker calls itself {name} too and has taken this one's place: give each worker a "
            "MENDLINE_INSTANCE_ID of its own (or none) and a data folder that is no copy, then start this one again"
        )


class ClockOffError(UnfitWorkerError):
    """A worker's clock is the brokers', within limits."""

    code = "clock_off"

    def __init__(self, off_s: float) -> None:
        super().__init__(f"this clock is {off_s:.0f} s off the broker's: set it (NTP), then start this worker again")
