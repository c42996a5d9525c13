"""A set of chunks and its manifest: whole, or refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.log.ports import LogRecord
from streams.ownership.lineage import KEPT, Lineage
from streams.ownership.snapshot import (
    CHUNK_BYTES,
    MANIFEST,
    BrokenSetError,
    Place,
    Snapshot,
    assembled,
    chunks_of,
    part_of,
    records_of,
)
from streams.ownership.snapshot_search import SnapshotSearch

Keyed = tuple[bytes, bytes | None]
LAST = 10_000


def snapshot(position: int = 100, claim: str = "a" * 16, state: bytes = b"state", topic: str = "events") -> Snapshot:
    return Snapshot(
        place=Place(topic, 3, claim, position),
        generation=2,
        next_request=40,
        version="device-1",
        markers=[{"process": "p", "claim": claim}],
        state=state,
    )


LARGE = Random(1).randbytes(2 * CHUNK_BYTES)


def search(*records: Keyed, up_to: int = LAST) -> SnapshotSearch:
    """What a search finds that took everything in at once."""
    found = SnapshotSearch("events", 3, up_to)
    found.take(LogRecord(offset, 0, key, value) for offset, (key, value) in enumerate(records))
    return found


def test_no_chunk_is_larger_than_it_may_be() -> None:
    records = records_of(snapshot(state=LARGE))
    assert [len(value) <= CHUNK_BYTES for _, value in records] == [True] * 4
    assert records[-1][0] == b"events/3/aaaaaaaaaaaaaaaa/100/manifest"


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 100, CHUNK_BYTES, 2 * CHUNK_BYTES])
def test_a_set_is_found_as_it_was_written(size: int) -> None:
    written = snapshot(state=LARGE[:size])
    assert search(*records_of(written)).newest() == written


@given(order=st.permutations(range(4)))
def test_the_order_of_a_sets_records_tells_nothing(order: list[int]) -> None:
    written = snapshot(state=LARGE)
    records = records_of(written)
    assert search(*(records[number] for number in order)).newest() == written


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_set_that_lacks_a_record_is_not_used(lost: int) -> None:
    records = records_of(snapshot(state=LARGE))
    del records[lost]
    found = search(*records)
    assert found.newest() is None
    found.end()
    assert list(found.refused.values()) == (["a chunk of it is missing"] if lost < 3 else [])


@given(place=st.integers(0, 10**9), flip=st.integers(1, 255))
def test_a_set_with_one_other_byte_is_refused(place: int, flip: int) -> None:
    records = records_of(snapshot())
    at = place % sum(len(value) for _, value in records)
    damaged = []
    for key, value in records:
        changed = bytearray(value)
        if 0 <= at < len(changed):
            changed[at] ^= flip
        at -= len(value)
        damaged.append((key, bytes(changed)))
    found = search(*damaged)
    found.newest()
    found.end()
    assert found.newest() is None
    assert len(found.refused) == 1


def test_chunks_in_each_others_place_are_refused() -> None:
    (first, one), (second, two), *rest = records_of(snapshot(state=LARGE))
    found = search((first, two), (second, one), *rest)
    assert found.newest() is None
    assert "SHA-256" in found.refused[snapshot().place]


def test_the_records_of_another_set_make_none_whole() -> None:
    mine, others = records_of(snapshot()), records_of(snapshot(position=90, claim="b" * 16, state=b"other"))
    found = search((mine[0][0], others[0][1]), mine[1])
    assert found.newest() is None
    assert search((mine[0][0], others[0][1]), (mine[1][0], others[1][1])).newest() is None


def test_a_set_with_a_deleted_chunk_is_refused() -> None:
    records = records_of(snapshot(state=LARGE))
    found = search(*records, (records[1][0], None))
    assert found.newest() is None
    assert found.refused == {snapshot().place: "its chunk 1 was deleted"}


def test_the_newest_whole_set_is_found_behind_one_that_is_not_whole() -> None:
    older, newer = snapshot(position=90), snapshot(position=100)
    assert search(*records_of(older), *records_of(newer)[1:]).newest() == older
    assert search(*records_of(older), *records_of(newer)).newest() == newer


def test_sets_beyond_the_logs_end_are_passed_over() -> None:
    older, newer = snapshot(position=90), snapshot(position=100)
    assert search(*records_of(newer), *records_of(older), up_to=99).newest() == older


def test_sets_of_other_partitions_and_topics_are_passed_over() -> None:
    foreign = snapshot(topic="client-events"), replace(snapshot(), place=Place("events", 4, "a" * 16, 100))
    assert search(*records_of(foreign[0]), *records_of(foreign[1]), (b"what?", b""), (b"\xff", None)).newest() is None


@given(cut=st.integers(0, 6))
def test_a_search_in_pieces_finds_what_one_in_all_does(cut: int) -> None:
    records: list[Keyed] = [
        *records_of(snapshot(90)),
        *records_of(snapshot(100)),
        (records_of(snapshot(100))[0][0], None),
    ]
    found = SnapshotSearch("events", 3, LAST)
    for piece in (records[cut:], records[:cut]):
        found.take(LogRecord(0, 0, key, value) for key, value in piece)
    assert found.newest() == snapshot(90)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"chunks":0}', b'{"chunks":"1"}'])
def test_what_is_no_manifest_is_refused(manifest: bytes) -> None:
    with pytest.raises(BrokenSetError):
        chunks_of(manifest)


def test_only_a_snapshotter_writes_whole_sets() -> None:
    place = snapshot().place
    with pytest.raises(BrokenSetError, match="SHA-256"):
        assembled(place, b'{"chunks":1}', [b"state"])


def test_a_key_tells_its_place_and_part() -> None:
    place = snapshot().place
    assert part_of(place.key(7)) == (place, 7)
    assert part_of(place.key(MANIFEST)) == (place, None)
    assert part_of(b"events/3/100/manifest") is part_of(None) is None


@pytest.mark.parametrize("position", [b"9" * 5000, b"0100", b"\xd9\xa1", b"-1"])
def test_a_key_that_nobody_writes_is_nobodys(position: bytes) -> None:
    assert part_of(b"events/3/aaaaaaaaaaaaaaaa/" + position + b"/manifest") is None


def test_the_last_marker_of_each_of_the_last_processes_is_kept() -> None:
    lineage = Lineage({"process": str(n % 100), "claim": str(n)} for n in range(150))
    assert [marker["claim"] for marker in lineage.markers()] == [str(n) for n in range(150 - KEPT, 150)]


def test_a_process_that_claims_again_is_the_latest() -> None:
    lineage = Lineage([{"process": "a", "claim": "1"}, {"process": "b", "claim": "2"}])
    lineage.note({"process": "a", "claim": "3"})
    assert [marker["claim"] for marker in Lineage(lineage.markers()).markers()] == ["2", "3"]
