"""The figures of a check, added up over partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mendline.verify.counting import VOID, Standing
from mendline.verify.place import Place
from mendline.verify.report import Figures
from mendline.verify.state import UNCERTAIN, Device


@dataclass(slots=True)
class Totals:
    """Counts over all partitions that are finished."""

    partitions: int = 0
    requests: int = 0
    undecided: int = 0
    gone: int = 0
    devices: int = 0
    types: Counter[str] = field(default_factory=Counter)
    standings: Counter[str] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)

    def add(self, place: Place, devices: Iterable[Device]) -> None:
        """Take a finished partition in."""
        self.partitions += 1
        self.types += place.types
        self.standings += place.standings
        self.sends += place.ended
        for device in devices:
            self.devices += device.registered
            self.sends.update(send.phase.value for send in device.sends.values() if send.phase is not UNCERTAIN)

    def figures(self, effects: Mapping[str, int] | None) -> Figures:
        """Names to numbers, for the report; `effects` are those of the ledger."""
        types = self.types
        found: dict[str, int | Mapping[str, int]] = {
            "partitions": self.partitions,
            "requests": self.requests,
            "undecided": self.undecided,
            "fates_of_requests_gone": self.gone,
            "events_counted": types.total(),
            "events_void": {why.value: self.standings[why] for why in VOID if self.standings[why]},
            "claims": self.standings[Standing.CLAIMS],
            "releases": self.standings[Standing.RELEASES],
            "devices": self.devices,
            "sends": dict(sorted(self.sends.items())),
            "attempts": types["send_attempted"],
            "asks_and_repeats": types["send_reconciling"],
            "duplicates": types["send_repeated"],
            "refused": types["request_refused"],
            "refreshes": {
                name: types[f"refresh_{name}"]
                for name in ("started", "succeeded", "failed", "joined", "queued")
                if types[f"refresh_{name}"]
            },
        }
        return found | ({"ledger": effects} if effects is not None else {})
