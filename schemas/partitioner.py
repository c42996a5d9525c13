"""Which partition a key belongs to: murmur2 as Kafka's Java client computes it.

Source: org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c, and `toPositive(hash) % partitions`.
"""

from __future__ import annotations

from functools import lru_cache

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """The 32-bit hash of `data`, unsigned."""
    h = (0x9747B28C ^ len(data)) & _MASK
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = (int.from_bytes(data[i : i + 4], "little") * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if tail := data[whole:]:
        h = ((h ^ int.from_bytes(tail, "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=1 << 17)  # a fleet's keys come again and again; hashing one costs 3 µs in Python
def partition_of(key: bytes, partitions: int) -> int:
    """The partition that `key` belongs to, of `partitions`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
