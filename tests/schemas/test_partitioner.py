"""The partitioner: the same partitions as Kafka's Java client and aiokafka."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from schemas.partitioner import murmur2, partition_of

# As Kafka's own tests state them, signed (UtilsTest.testMurmur2).
JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("data", "signed"), JAVA.items())
def test_murmur2_is_that_of_the_java_client(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed % 2**32


@given(key=st.binary(max_size=200), partitions=st.integers(1, 1024))
def test_a_key_lies_where_aiokafka_puts_it(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)
