"""Which processes claimed a partition last: what whoever claims next has to know of them, also behind a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

KEPT = 64
"""Processes whose last marker is kept: many more than a partition has had within any time that still matters."""

Marker = dict[str, Any]
"""The data of a `partition_claimed`, as they lie in the log."""


class Lineage:
    """The last valid marker of each of the last processes, the latest last."""

    def __init__(self, markers: Iterable[Marker] = ()) -> None:
        self._by_process: dict[str, Marker] = {}
        for marker in markers:
            self.note(marker)

    def note(self, marker: Marker) -> None:
        """A process has claimed."""
        process = marker.get("process") or marker["claim"]
        self._by_process.pop(process, None)
        self._by_process[process] = marker
        if len(self._by_process) > KEPT:
            del self._by_process[next(iter(self._by_process))]

    def markers(self) -> list[Marker]:
        """What is kept."""
        return list(self._by_process.values())
