"""What a keeper is told to run."""

from __future__ import annotations

import dataclasses
import json
import signal
from dataclasses import dataclass, field

LOCK_TAKEN = 75


@dataclass(frozen=True, slots=True)
class Order:
    """One server: what to run, where its words go, what proves that it runs, and how it is asked to end.

    environment: everybody on the machine can read it: no secrets.
    """

    command: tuple[str, ...]
    log: str
    lock: str
    stop_signal: int = signal.SIGTERM
    patience_s: float = 8.0
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def as_argument(self) -> str:
        """The order as one argument of a command line."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def from_argument(argument: str) -> Order:
        """The order that `as_argument` wrote."""
        fields = json.loads(argument)
        return Order(**{**fields, "command": tuple(fields["command"])})
