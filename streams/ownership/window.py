"""The idempotency window: which request ids a partition remembers of sends that are over (design §5).

The last settled sends of each device, and over the whole partition no more than its share; the oldest in the log go
first, so that every fold forgets the same. What is not over yet is known by its queue.
"""

from __future__ import annotations

from collections import deque

import orjson

from streams.device.facts import Seen
from streams.ownership.frames import framed, unframed
from streams.ownership.settled import NAME, ROW, Settled, name_of

PLACE = 4
"""Bytes of a device's place in a saved window."""


class Window:
    """What settled lately, by device and request id; each costs 32 bytes.

    settled_per_device, settled_in_all: how many settled sends are remembered.
    """

    __slots__ = ("_by_device", "_count", "_in_all", "_order", "_settled_per_device")

    def __init__(self, settled_per_device: int = 500, settled_in_all: int = 250_000) -> None:
        self._settled_per_device = settled_per_device
        self._in_all = settled_in_all
        self._by_device: dict[str, Settled] = {}
        self._order: deque[Settled] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Window) and self.saved() == other.saved()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def get(self, device_id: str, request_id: str) -> Seen | None:
        """What is remembered of a request id; None where nothing is."""
        settled = self._by_device.get(device_id)
        if settled is None:
            return None
        name = name_of(device_id, request_id)
        settled.asked = request_id, name
        place = settled.find(name)
        return None if place < 0 else settled.seen(place)

    def settle(self, device_id: str, request_id: str, digest: str, first: int) -> None:
        """A send is over; `digest`: 16 hex digits, `first`: the offset of its request."""
        settled = self._by_device.get(device_id)
        if settled is None:
            settled = self._by_device[device_id] = Settled()
        asked, name = settled.asked
        settled.names += name if asked == request_id else name_of(device_id, request_id)
        settled.rows += bytes.fromhex(digest) + first.to_bytes(8)
        self._order.append(settled)
        self._count += 1
        if self._count > self._in_all or len(settled.names) > NAME * self._settled_per_device:
            self._forget_oldest(settled)
        if len(self._order) > 2 * self._count + 64:  # one quiet device at the front would keep all the rest
            self._sweep()

    def reopen(self, device_id: str, request_id: str) -> None:
        """A send that was over waits again."""
        settled = self._by_device.get(device_id)
        if settled is not None and (place := settled.find(name_of(device_id, request_id))) >= 0:
            settled.forget(place)
            self._count -= 1

    def saved(self) -> bytes:
        """All of it, for a snapshot: the same bytes for the same log."""
        self._sweep()
        device_ids = {id(settled): device_id for device_id, settled in self._by_device.items()}
        places = {each: place for place, each in enumerate(dict.fromkeys(map(id, self._order)))}
        of_devices = [self._by_device[device_ids[each]] for each in places]
        told = orjson.dumps([[device_ids[each] for each in places], [len(settled) for settled in of_devices]])
        names, rows = b"".join(s.names for s in of_devices), b"".join(s.rows for s in of_devices)
        return framed([told, names, rows, b"".join(places[id(s)].to_bytes(PLACE) for s in self._order)])

    @classmethod
    def restored(cls, saved: bytes) -> Window:
        """The window that was saved; raises ValueError, TypeError or IndexError for anything else."""
        window = cls()
        told, names, rows, order = unframed(saved)
        of_devices = []
        for device_id, count in zip(*orjson.loads(told), strict=True):
            window._by_device[device_id] = settled = Settled()
            settled.names, names = bytearray(names[: NAME * count]), names[NAME * count :]
            settled.rows, rows = bytearray(rows[: ROW * count]), rows[ROW * count :]
            of_devices.append(settled)
        places = (int.from_bytes(order[at : at + PLACE]) for at in range(0, len(order), PLACE))
        window._order.extend(of_devices[place] for place in places)
        window._count = len(window._order)
        return window

    def _forget_oldest(self, settled: Settled) -> None:
        while len(settled) > self._settled_per_device:
            self._count -= settled.drop_oldest()
            settled.passed += 1
        while self._count > self._in_all:
            oldest = self._order.popleft()
            if oldest.passed:
                oldest.passed -= 1
            else:
                self._count -= oldest.drop_oldest()

    def _sweep(self) -> None:
        """Take out of the order what is not remembered."""
        remembered = {id(settled): settled.remembered() for settled in self._by_device.values()}
        order: deque[Settled] = deque()
        for settled in self._order:
            if settled.passed:
                settled.passed -= 1
            elif next(remembered[id(settled)]):
                order.append(settled)
        for settled in self._by_device.values():
            settled.close_ranks()
        self._by_device = {device_id: settled for device_id, settled in self._by_device.items() if len(settled)}
        self._order = order
