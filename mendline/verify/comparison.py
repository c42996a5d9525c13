"""Compares a ledger with the intents of the log, a partition at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from mendline.verify.checks.effects import DeviceEffects, overlaps
from mendline.verify.checks.intents import Intents
from mendline.verify.ledger import CONNECTING, LEFT, Entry, told_of
from mendline.verify.limits import Limits
from mendline.verify.parsing import Json
from mendline.verify.place import Place
from mendline.verify.rules import Rule
from mendline.verify.state import Device
from schemas.partitioner import partition_of

COUNTED = ("entries", "left", "left_again", "left_late", "connects", "overlaps")


class Comparison:
    """A ledger by device; `counts` are its figures."""

    def __init__(self, entries: Iterable[Entry], limits: Limits) -> None:
        self.counts = Counter(dict.fromkeys(COUNTED, 0))
        self._limits = limits
        self._entries: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._entries[entry.device_id].append(entry)
            self._count(entry)
        self._told_of = told_of({entry.driver for some in self._entries.values() for entry in some})

    def _count(self, entry: Entry) -> None:
        self.counts["entries"] += 1
        self.counts["left"] += entry.what in LEFT
        self.counts["connects"] += entry.what == CONNECTING

    def finish(self, place: Place, devices: Mapping[str, tuple[Device, Intents]]) -> None:
        """Compare all that the ledger tells about the devices of one partition."""
        here = [name for name in self._entries if partition_of(name.encode(), place.count) == place.partition]
        for name in {*here, *devices}:
            device, intents = devices.get(name, (None, Intents()))
            self._compare(name, intents, place, known=device is None or device.known)

    def _compare(self, name: str, intents: Intents, place: Place, *, known: bool) -> None:
        entries = self._entries.pop(name, [])
        if known:
            effects = DeviceEffects(name, intents, place, self._limits)
            effects.compare(entries)
            if intents.driver.startswith(self._told_of):
                effects.compare_ends()
            self.counts["left_late"] += effects.late
            self.counts["left_again"] += sum(count - 1 for count in effects.left.values())
        self._mind_overlaps(name, entries, place)

    def _mind_overlaps(self, name: str, entries: Iterable[Entry], place: Place) -> None:
        for entry, across in overlaps(entries):
            self.counts["overlaps"] += 1
            if not (across and self._limits.stops):
                sentence = f"{entry.worker} made link {entry.link} beside one that lived"
                place.violation(Rule.LINKS_OVERLAP, sentence, device=name)


class PartitionIntents:
    """The intents of one partition's devices, as its events tell them."""

    def __init__(self) -> None:
        self.devices: dict[str, tuple[Device, Intents]] = {}

    def look_at(self, device: Device, type_: str, data: Json, offset: int) -> None:
        """The next event that counts."""
        found = self.devices.get(device.subject)
        if found is None:
            found = self.devices[device.subject] = device, Intents()
        found[1].look_at(type_, data, offset)
