"""The idempotency window: which request ids a partition remembers (design §5).

All sends that are not over, plus the last settled ones of each device, and over the whole partition no more than its
share; the oldest in the log go first, so that every fold forgets the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import blake2b

import orjson

from streams.device.facts import Seen
from streams.ownership.frames import framed, unframed

_WORD = (1 << 64) - 1
_SEEN_BYTES = 24
"""Of a fingerprint, a digest and an offset."""
_PLACE_BYTES = 4


def _name_of(device_id: str, request_id: str) -> int:
    """A fingerprint that is the same in every process: snapshots hold it. Costs 0.5 µs."""
    return int.from_bytes(blake2b(f"{device_id}\0{request_id}".encode(), digest_size=8).digest())


class Window:
    """What was asked lately, by device and request id.

    settled_per_device, settled_in_all: how many settled sends are remembered. One costs 180 bytes: a fingerprint of
    its name, and a number that holds fingerprint, digest and offset. Two names share a fingerprint once in 10^19.
    """

    __slots__ = ("_by_device", "_forgot_some", "_in_all", "_open", "_order", "_settled", "_settled_per_device")

    def __init__(self, settled_per_device: int = 500, settled_in_all: int = 250_000) -> None:
        self._settled_per_device = settled_per_device
        self._in_all = settled_in_all
        self._open: dict[int, tuple[str, int]] = {}
        self._settled: dict[int, int] = {}
        self._order: deque[int] = deque()
        self._forgot_some = False
        self._by_device: dict[str, deque[int]] = {}

    def __len__(self) -> int:
        return len(self._open) + len(self._settled)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Window) and self._told() == other._told()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _told(self) -> tuple[object, ...]:
        return self._open, [settled for settled in self._order if self._is_remembered(settled)]

    def get(self, device_id: str, request_id: str) -> Seen | None:
        """What is remembered of a request id; None where nothing is."""
        name = _name_of(device_id, request_id)
        if (opened := self._open.get(name)) is not None:
            return Seen(*opened, False)
        settled = self._settled.get(name)
        return None if settled is None else Seen(f"{settled >> 64 & _WORD:016x}", settled & _WORD, True)

    def open(self, device_id: str, request_id: str, digest: str, first: int) -> None:
        """A send has begun to wait or to be tried, or waits again; `digest`: 16 hex digits."""
        name = _name_of(device_id, request_id)
        self._open[name] = (digest, first)
        if (settled := self._settled.pop(name, None)) is not None:
            self._by_device[device_id].remove(settled)

    def settle(self, device_id: str, request_id: str) -> None:
        """A send is over."""
        name = _name_of(device_id, request_id)
        opened = self._open.pop(name, None)
        if opened is None:
            return
        self._settled[name] = settled = name << 128 | int(opened[0], 16) << 64 | opened[1]
        self._order.append(settled)
        of_device = self._by_device.get(device_id)
        if of_device is None:
            of_device = self._by_device[device_id] = deque()
        of_device.append(settled)
        while self._forgot_some and not self._is_remembered(of_device[0]):
            of_device.popleft()
        if len(of_device) > self._settled_per_device:
            del self._settled[of_device.popleft() >> 128]
        while len(self._settled) > self._in_all:
            self._forget(self._order.popleft())
            self._forgot_some = True
        if len(self._order) > 2 * len(self._settled) + 64:  # one quiet device at the front would keep all the rest
            self._order = deque(filter(self._is_remembered, self._order))

    def saved(self) -> bytes:
        """All of it, for a snapshot."""
        device_of = {settled: device_id for device_id, of in self._by_device.items() for settled in of}
        order = [settled for settled in self._order if self._is_remembered(settled)]
        places: dict[str, int] = {}
        for settled in order:
            places.setdefault(device_of[settled], len(places))
        opened = (name << 128 | int(digest, 16) << 64 | first for name, (digest, first) in self._open.items())
        return framed(
            [
                orjson.dumps(list(places)),
                b"".join(seen.to_bytes(_SEEN_BYTES) for seen in opened),
                b"".join(settled.to_bytes(_SEEN_BYTES) for settled in order),
                b"".join(places[device_of[settled]].to_bytes(_PLACE_BYTES) for settled in order),
            ]
        )

    @classmethod
    def restored(cls, saved: bytes) -> Window:
        """The window that was saved; raises ValueError for anything else."""
        window = cls()
        devices, opened, settled, places = unframed(saved)
        for seen in _numbers(opened, _SEEN_BYTES):
            window._open[seen >> 128] = (f"{seen >> 64 & _WORD:016x}", seen & _WORD)
        of_devices = [window._by_device.setdefault(device_id, deque()) for device_id in orjson.loads(devices)]
        for seen, place in zip(_numbers(settled, _SEEN_BYTES), _numbers(places, _PLACE_BYTES), strict=True):
            window._settled[seen >> 128] = seen
            window._order.append(seen)
            of_devices[place].append(seen)
        return window

    def _is_remembered(self, settled: int) -> bool:
        return self._settled.get(settled >> 128) is settled

    def _forget(self, settled: int) -> None:
        if self._is_remembered(settled):
            del self._settled[settled >> 128]


def _numbers(packed: bytes, size: int) -> Iterator[int]:
    return (int.from_bytes(packed[at : at + size]) for at in range(0, len(packed), size))
