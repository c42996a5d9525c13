"""Cutting a batch of requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.log.ports import LogRecord, RequestBatch

offsets = st.sets(st.integers(5, 40)).map(sorted)


@given(offsets, st.integers(1, 6))
def test_a_batch_is_cut_without_a_gap_and_without_losing_a_record(found: list[int], size: int) -> None:
    batch = RequestBatch(3, 50, [LogRecord(offset, 0, b"d", b"") for offset in found])
    parts = list(batch.cut(size))
    assert [parts[0].begin, *(part.end for part in parts)] == [*(part.begin for part in parts), 50]
    assert [record for part in parts for record in part.records] == batch.records
    assert all(len(part.records) <= size for part in parts)
    assert all(part.begin <= record.offset < part.end for part in parts for record in part.records)
