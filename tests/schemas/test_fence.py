"""The fence's reading half: which events count (log-fence.md)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import NO_CONTEXT, EventEnvelope
from schemas.fence import Fence, Verdict

FIRST, SECOND = "a" * 16, "b" * 16


def _record(type_: str, claim: str, sequence: int, data: dict[str, Any] | None = None) -> EventEnvelope:
    return EventEnvelope(type_, "d-1", "", claim, sequence, None, "event:0", data or {}, NO_CONTEXT)


def _marker(generation: Any, claim: str, sequence: int = 0) -> EventEnvelope:
    return _record("partition_claimed", claim, sequence, {"generation": generation, "claim": claim})


def _event(claim: str, sequence: int) -> EventEnvelope:
    return _record("send_accepted", claim, sequence)


def _owned() -> Fence:
    fence = Fence()
    fence.judge(0, _marker(1, FIRST))
    return fence


def test_a_first_marker_claims_the_partition() -> None:
    fence = Fence()
    assert fence.judge(0, _marker(1, FIRST)) is Verdict.CLAIMED
    assert (fence.generation, fence.claim, fence.position) == (1, FIRST, 1)


def test_an_event_of_the_claim_at_its_own_offset_counts() -> None:
    assert _owned().judge(1, _event(FIRST, 1)) is Verdict.COUNTS


def test_an_event_before_any_marker_is_void() -> None:
    assert Fence().judge(0, _event(FIRST, 0)) is Verdict.VOID


def test_an_event_that_lies_where_its_writer_did_not_expect_it_is_void() -> None:
    assert _owned().judge(2, _event(FIRST, 1)) is Verdict.VOID


def test_a_second_copy_of_an_event_is_void() -> None:
    fence = _owned()
    fence.judge(1, _event(FIRST, 1))
    assert fence.judge(2, _event(FIRST, 1)) is Verdict.VOID


def test_an_event_of_the_claim_before_is_void() -> None:
    fence = _owned()
    fence.judge(1, _marker(2, SECOND))
    assert fence.judge(2, _event(FIRST, 2)) is Verdict.VOID


def test_a_later_marker_takes_the_partition_over() -> None:
    fence = _owned()
    assert fence.judge(1, _marker(2, SECOND)) is Verdict.CLAIMED
    assert fence.judge(2, _event(SECOND, 2)) is Verdict.COUNTS


@pytest.mark.parametrize("generation", [1, 0, -1, "2", 1.5, None])
def test_a_marker_that_is_no_later_changes_nothing(generation: Any) -> None:
    fence = _owned()
    assert fence.judge(1, _marker(generation, SECOND)) is Verdict.VOID
    assert (fence.generation, fence.claim) == (1, FIRST)


def test_a_marker_that_claims_for_another_is_void() -> None:
    marker = _marker(2, SECOND)._replace(claim=FIRST)
    assert _owned().judge(1, marker) is Verdict.VOID


def test_generations_may_leave_gaps() -> None:
    assert _owned().judge(1, _marker(9, SECOND)) is Verdict.CLAIMED


def test_a_release_ends_the_claim() -> None:
    fence = _owned()
    assert fence.judge(1, _record("partition_released", FIRST, 1)) is Verdict.RELEASED
    assert fence.judge(2, _event(FIRST, 2)) is Verdict.VOID


def test_a_release_of_another_claim_is_void() -> None:
    fence = _owned()
    assert fence.judge(1, _record("partition_released", SECOND, 1)) is Verdict.VOID
    assert fence.claim == FIRST


def test_after_a_release_a_later_marker_claims() -> None:
    fence = _owned()
    fence.judge(1, _record("partition_released", FIRST, 1))
    assert fence.judge(2, _marker(1, SECOND)) is Verdict.VOID
    assert fence.judge(3, _marker(2, SECOND)) is Verdict.CLAIMED


def test_what_nobody_can_read_is_passed_over() -> None:
    fence = _owned()
    assert fence.pass_over(1) is Verdict.VOID
    assert fence.judge(2, _event(FIRST, 2)) is Verdict.COUNTS


_RECORDS = st.lists(
    st.builds(_marker, st.integers(1, 5), st.sampled_from([FIRST, SECOND]))
    | st.builds(_event, st.sampled_from([FIRST, SECOND]), st.integers(0, 12))
    | st.builds(_record, st.just("partition_released"), st.sampled_from([FIRST, SECOND]), st.integers(0, 12)),
    max_size=12,
)


@given(records=_RECORDS, split=st.integers(0, 12))
def test_a_reader_that_starts_in_the_middle_judges_alike(records: list[EventEnvelope], split: int) -> None:
    whole, before = Fence(), Fence()
    verdicts = [whole.judge(offset, record) for offset, record in enumerate(records)]
    for offset, record in enumerate(records[:split]):
        before.judge(offset, record)
    resumed = Fence(before.generation, before.claim, before.position)
    rest = [resumed.judge(offset, record) for offset, record in list(enumerate(records))[split:]]
    assert rest == verdicts[split:]
