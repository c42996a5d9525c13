"""A device's queue as tests look at it: whole."""

from __future__ import annotations

from streams.device.facts import Entry
from streams.ownership.queue import DeviceQueue


def in_order(queue: DeviceQueue) -> list[Entry]:
    """Every waiting send, in the order they come due."""
    return sorted(queue.first(len(queue)), key=lambda entry: (entry.due, entry.request))
