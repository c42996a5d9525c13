"""The idempotency window: which request ids a partition remembers (design §5).

All sends that are not over, plus the last settled ones of each device, and over the whole partition no more than its
share; the oldest in the log go first, so that every fold forgets the same.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from streams.device.facts import Seen

Key = tuple[str, str]
"""Device and request id."""


class Window:
    """What was asked lately, by device and request id.

    settled_per_device, settled_in_all: how many settled sends are remembered.
    """

    __slots__ = ("_by_device", "_in_all", "_seen", "_settled", "_settled_per_device")

    def __init__(self, settled_per_device: int = 500, settled_in_all: int = 250_000) -> None:
        self._settled_per_device = settled_per_device
        self._in_all = settled_in_all
        self._seen: dict[Key, tuple[str, int]] = {}
        self._settled: OrderedDict[Key, None] = OrderedDict()
        self._by_device: dict[str, deque[Key]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Window):
            return NotImplemented
        return (self._seen, list(self._settled)) == (other._seen, list(other._settled))

    __hash__ = None  # type: ignore[assignment]  # it changes

    def get(self, device_id: str, request_id: str) -> Seen | None:
        """What is remembered of a request id; None where nothing is."""
        key = (device_id, request_id)
        found = self._seen.get(key)
        return None if found is None else Seen(*found, key in self._settled)

    def open(self, device_id: str, request_id: str, digest: str, first: int) -> None:
        """A send has begun to wait or to be tried, or waits again."""
        key = (device_id, request_id)
        if key in self._settled:
            del self._settled[key]
            self._by_device[device_id].remove(key)
        self._seen[key] = (digest, first)

    def settle(self, device_id: str, request_id: str) -> None:
        """A send is over."""
        key = (device_id, request_id)
        if key in self._settled or key not in self._seen:
            return
        self._settled[key] = None
        of_device = self._by_device.get(device_id)
        if of_device is None:
            of_device = self._by_device[device_id] = deque()
        of_device.append(key)
        if len(of_device) > self._settled_per_device:
            self._forget(of_device.popleft())
        if len(self._settled) > self._in_all:
            key = next(iter(self._settled))
            self._by_device[key[0]].popleft()  # the oldest of all is the oldest of its device too
            self._forget(key)

    def _forget(self, key: Key) -> None:
        del self._seen[key], self._settled[key]
