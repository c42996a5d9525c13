"""Packed records of one width, sorted by their first bytes: a million of them are a few thousand Python objects."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

CHUNK = 128
"""Records in one piece of memory: moving half of one costs less than finding the place."""
HIGHEST = (1 << 64) - 1


class Chunk:
    """Neighbouring records. low: no value of the watched field is lower, though those that were may have left."""

    __slots__ = ("data", "low")

    def __init__(self, data: bytearray, low: int) -> None:
        self.data = data
        self.low = low


class Records:
    """Sorted records. key: bytes of a record by which it is sorted and found. watched: where a field of 8 bytes begins.

    Big-endian numbers sort as their bytes do.
    """

    __slots__ = ("_chunks", "_key", "_watched", "_width", "count")

    def __init__(self, width: int, key: int, watched: int = 0) -> None:
        self._width = width
        self._key = key
        self._watched = watched
        self._chunks: list[Chunk] = []
        self.count = 0

    def __len__(self) -> int:
        return self.count

    def packed(self) -> bytes:
        """All of them, in order."""
        return b"".join(chunk.data for chunk in self._chunks)

    def first(self) -> bytes | None:
        """The first record."""
        return bytes(self._chunks[0].data[: self._width]) if self._chunks else None

    def add(self, record: bytes) -> None:
        """Take in a record; most come behind the last one."""
        chunks, key = self._chunks, record[: self._key]
        low = int.from_bytes(record[self._watched : self._watched + 8])
        self.count += 1
        if not chunks or key > chunks[-1].data[-self._width :]:
            self._append(record, low)
            return
        number = max(bisect_right(chunks, key, key=self._first_key) - 1, 0)
        chunk = chunks[number]
        at = self._place(chunk, key) * self._width
        chunk.data[at:at] = record
        chunk.low = min(chunk.low, low)
        if len(chunk.data) > 2 * CHUNK * self._width:
            middle = CHUNK * self._width
            chunks.insert(number + 1, Chunk(chunk.data[middle:], chunk.low))
            chunk.data = chunk.data[:middle]

    def _append(self, record: bytes, low: int) -> None:
        chunks = self._chunks
        if chunks and len(chunks[-1].data) < CHUNK * self._width:
            chunks[-1].data += record
            chunks[-1].low = min(chunks[-1].low, low)
            return
        if chunks:
            chunks[-1].data = chunks[-1].data[:]  # without the room to grow in
        chunks.append(Chunk(bytearray(record), low))

    def find(self, key: bytes) -> bytes | None:
        """The record with that key."""
        if not self._chunks:
            return None
        chunk, at = self._find(key)
        record = bytes(chunk.data[at : at + self._width])
        return record if record.startswith(key) else None

    def remove(self, key: bytes) -> bytes | None:
        """Take out the record with that key: it."""
        if not self._chunks:
            return None
        chunk, at = self._find(key)
        record = bytes(chunk.data[at : at + self._width])
        if not record.startswith(key):
            return None
        del chunk.data[at : at + self._width]
        self.count -= 1
        if not chunk.data:
            self._chunks.remove(chunk)
        return record

    def behind(self, key: bytes) -> Iterator[bytes]:
        """The records whose keys are higher, in order."""
        number = max(bisect_right(self._chunks, key, key=self._first_key) - 1, 0)
        for chunk in self._chunks[number:]:
            begin = self._place(chunk, key) if chunk.data[: self._key] <= key else 0
            for at in range(begin * self._width, len(chunk.data), self._width):
                record = bytes(chunk.data[at : at + self._width])
                if record[: self._key] > key:
                    yield record

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            data = bytes(chunk.data)
            for at in range(0, len(data), self._width):
                yield data[at : at + self._width]

    def until(self, value: int, limit: int) -> list[bytes]:
        """At most `limit` records whose watched field is `value` or lower; makes `low` right where it looks."""
        found: list[bytes] = []
        for chunk in self._chunks:
            if chunk.low > value:
                continue
            chunk.low = HIGHEST
            for at in range(0, len(chunk.data), self._width):
                watched = int.from_bytes(chunk.data[at + self._watched : at + self._watched + 8])
                chunk.low = min(chunk.low, watched)
                if watched <= value:
                    found.append(bytes(chunk.data[at : at + self._width]))
            if len(found) >= limit:
                break
        return found[:limit]

    def low(self) -> int:
        """No record's watched field is lower."""
        return min((chunk.low for chunk in self._chunks), default=HIGHEST)

    def _find(self, key: bytes) -> tuple[Chunk, int]:
        first = self._chunks[0]
        if first.data.startswith(key):
            return first, 0
        number = max(bisect_right(self._chunks, key, key=self._first_key) - 1, 0)
        chunk = self._chunks[number]
        return chunk, self._place(chunk, key) * self._width

    def _first_key(self, chunk: Chunk) -> bytes:
        return bytes(chunk.data[: self._key])

    def _place(self, chunk: Chunk, key: bytes) -> int:
        data, width, size = chunk.data, self._width, self._key
        return bisect_left(range(len(data) // width), key, key=lambda n: bytes(data[n * width : n * width + size]))
