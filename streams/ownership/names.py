"""Which number has which name, packed.

Linear hashing (W. Litwin, VLDB 1980) grows a bucket at a time, so nobody waits for it.
"""

from __future__ import annotations

from hashlib import blake2b

TAG, NUMBER = 6, 4
"""Bytes of a hashed name, and of a number."""
ENTRY = TAG + NUMBER
FILL = 128
"""Entries of a bucket, on the average: searching one costs 0.3 µs."""


def tag_of(name: str) -> bytes:
    """A name in 48 bits, the same in every process; of 10^14 pairs of names, one shares them."""
    return blake2b(name.encode(), digest_size=TAG).digest()


class Names:
    """Numbers below 2^32 by the tags of their names; 11 bytes each."""

    __slots__ = ("_buckets", "_count", "_half")

    def __init__(self, packed: bytes = b"") -> None:
        self._buckets = [bytearray()]
        self._half = 1
        self._count = 0
        for at in range(0, len(packed), ENTRY):
            self._put(packed[at : at + ENTRY])

    def packed(self) -> bytes:
        """All of them, the same bytes whatever came first."""
        entries = (b[at : at + ENTRY] for b in self._buckets for at in range(0, len(b), ENTRY))
        return b"".join(sorted(entries))

    def add(self, tag: bytes, number: int) -> None:
        """Give a number a name."""
        self._put(tag + number.to_bytes(NUMBER))

    def _put(self, entry: bytes) -> None:
        self._bucket(entry).extend(entry)
        self._count += 1
        if self._count > FILL * len(self._buckets):
            self._grow()

    def find(self, tag: bytes) -> int | None:
        """The number of that name; the highest, if it has several."""
        bucket = self._bucket(tag)
        found = [bucket[at + TAG : at + ENTRY] for at in _places(bucket, tag)]
        return int.from_bytes(max(found)) if found else None

    def remove(self, tag: bytes, number: int) -> None:
        """Take the name from the number."""
        bucket, entry = self._bucket(tag), tag + number.to_bytes(NUMBER)
        for at in _places(bucket, entry):
            last = bucket[-ENTRY:]
            bucket[at : at + ENTRY] = last
            del bucket[-ENTRY:]
            self._count -= 1
            return

    def _bucket(self, tag: bytes) -> bytearray:
        """The first buckets, as many as have been split in this round, are told apart by one bit more."""
        if self._half == 1 and len(self._buckets) == 1:
            return self._buckets[0]
        bits = int.from_bytes(tag[:4])
        at = bits & (2 * self._half - 1)
        return self._buckets[at if at < len(self._buckets) else at - self._half]

    def _grow(self) -> None:
        if len(self._buckets) == 2 * self._half:
            self._half *= 2
        split = len(self._buckets) - self._half
        entries, self._buckets[split] = self._buckets[split], bytearray()
        self._buckets.append(bytearray())
        for at in range(0, len(entries), ENTRY):
            self._bucket(bytes(entries[at : at + 4])).extend(entries[at : at + ENTRY])


def _places(bucket: bytearray, wanted: bytes) -> list[int]:
    """Where `wanted` begins an entry."""
    places, at = [], bucket.find(wanted)
    while at >= 0:
        if at % ENTRY == 0:
            places.append(at)
        at = bucket.find(wanted, at + 1)
    return places
