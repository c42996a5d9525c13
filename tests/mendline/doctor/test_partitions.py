"""What the ends of partitions tell the doctor."""

from __future__ import annotations

import zlib

from mendline.doctor.deciding import lost_requests, refusals, waiting_requests
from mendline.doctor.finding import Finding, Level, listed
from mendline.doctor.owning import owners, takeovers, void_events
from mendline.doctor.partitioning import misplaced_requests
from mendline.doctor.standing_still import quarantined_devices
from mendline.doctor.tails import Tail
from schemas.message import PartitionReleased, RequestAlreadyDone, RequestRefused
from schemas.partitioner import partition_of
from streams.log.ports import LogRecord
from streams.ownership.faults import BUG, QUARANTINED
from tests.mendline.doctor.tails_by_hand import NOW_MS, event, marker, request, tail

DONE = RequestAlreadyDone(reason="healthy")
STANDS = RequestRefused(reason="internal_error", detail=QUARANTINED)
WRONG_PARTITION = RequestRefused(reason="wrong_partition", detail="")
HOME = partition_of(b"d-1", 8)
ELSEWHERE = (HOME + 1) % 8


def _only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def _requests(*records: LogRecord, partition: int = 0, first: int = 0) -> Tail:
    return tail(*records, topic="device-requests", partition=partition, first=first)


def test_requests_where_they_belong_are_no_finding() -> None:
    assert misplaced_requests([_requests(request(0), partition=HOME)], [tail()]) == []


def test_a_request_in_a_wrong_partition_names_its_producer_and_what_to_set() -> None:
    found = _only(misplaced_requests([_requests(request(7), partition=ELSEWHERE)], [tail()]))
    assert (found.level, found.where) == (Level.WRONG, "producer 'shop'")
    assert f"'d-1' at device-requests/{ELSEWHERE}/7, which belongs in partition {HOME}" in found.what
    assert "partitioner=murmur2_random" in found.advice


def test_librdkafkas_default_partitioner_is_recognised() -> None:
    by_crc32 = _requests(request(7, "d-2"), partition=zlib.crc32(b"d-2") % 8)
    assert "librdkafka's default" in _only(misplaced_requests([by_crc32], [tail()])).what


def test_each_producer_has_a_finding_of_its_own() -> None:
    both = _requests(request(7, source="shop"), request(8, source="till"), partition=ELSEWHERE)
    assert [f.where for f in misplaced_requests([both], [tail()])] == ["producer 'shop'", "producer 'till'"]


def test_a_request_and_its_refusal_are_one() -> None:
    refused = tail(event(0, WRONG_PARTITION, decides=7))
    found = _only(misplaced_requests([_requests(request(7), partition=ELSEWHERE)], [refused]))
    assert found.what.startswith("1 requests")


def test_a_refusal_tells_of_requests_that_lie_further_back() -> None:
    found = _only(misplaced_requests([_requests(partition=ELSEWHERE)], [tail(event(0, WRONG_PARTITION, decides=7))]))
    assert found.where == "a producer unknown by now"


def test_a_record_that_is_no_request_is_counted_too() -> None:
    strange = LogRecord(7, 0, b"d-1", b"\xff")
    found = _only(misplaced_requests([_requests(strange, partition=ELSEWHERE)], [tail()]))
    assert found.where == "a producer unknown by now"


def test_a_record_without_a_key_lies_wherever_it_lies() -> None:
    assert misplaced_requests([_requests(LogRecord(7, 0, None, b""), partition=ELSEWHERE)], [tail()]) == []


def test_decided_requests_do_not_wait() -> None:
    findings = waiting_requests([_requests(request(0, age_s=99))], [tail(event(0, DONE, decides=0))], NOW_MS)
    assert _only(findings).level is Level.FINE


def test_requests_that_wait_for_long_are_counted() -> None:
    asked = _requests(request(0, age_s=99), request(1, age_s=42), request(2))
    found = _only(waiting_requests([asked], [tail(event(0, DONE, decides=0))], NOW_MS))
    assert (found.level, found.what) == (Level.WRONG, "2 requests wait in partitions 0, the first for 42 s")


def test_requests_that_came_just_now_may_wait() -> None:
    findings = waiting_requests([_requests(request(0, age_s=2))], [tail()], NOW_MS)
    assert _only(findings).what == "1 wait for their fates, none for long"


def test_requests_of_other_streams_than_devices_are_told_apart() -> None:
    asked, decided = tail(topic="client-requests"), tail(topic="client-events")
    assert _only(waiting_requests([asked], [decided], NOW_MS)).where == "requests of client-requests"


def test_a_void_fate_decides_nothing() -> None:
    void = tail(event(5, DONE, decides=0, off_by=1))
    assert _only(waiting_requests([_requests(request(0, age_s=99))], [void], NOW_MS)).level is Level.WRONG


def test_a_tail_without_fates_is_not_guessed_from() -> None:
    asked, decided = _requests(request(0, age_s=99)), tail(marker(5000), begin=5000)
    assert _only(waiting_requests([asked], [decided], NOW_MS)).level is Level.FINE


def test_requests_deleted_undecided_are_lost() -> None:
    asked = _requests(request(50), first=50)
    found = _only(lost_requests([asked], [tail(event(0, DONE, decides=9))]))
    assert found.what == "40 requests from offset 10 on were deleted undecided"


def test_what_was_deleted_after_it_was_decided_is_not_lost() -> None:
    assert lost_requests([_requests(request(10), first=10)], [tail(event(0, DONE, decides=9))]) == []


def test_refusals_are_counted_by_reason_and_the_last_is_shown() -> None:
    invalid, unknown = [RequestRefused(reason=r, detail=f"of {r}") for r in ("invalid", "unknown_device")]
    found = _only(refusals([tail(event(0, invalid), event(1, unknown), event(2, invalid))]))
    assert (found.what, found.advice) == ("refused lately: 2 invalid, 1 unknown_device", "the last: of invalid")


def test_refusals_for_wrong_partitions_are_left_to_their_own_finding() -> None:
    assert refusals([tail(event(0, WRONG_PARTITION, decides=0))]) == []


def test_a_device_in_quarantine_is_named_once_it_refused_something() -> None:
    found = _only(quarantined_devices([tail(marker(0), event(1, STANDS, decides=0), event(2, STANDS, decides=1))]))
    assert (found.level, found.where) == (Level.WRONG, "device d-1")
    assert found.what.startswith("stands still since its owner met a bug: 2 requests")


def test_a_claim_ends_quarantine() -> None:
    assert quarantined_devices([tail(marker(0), event(1, STANDS, decides=0), marker(2, 2))]) == []


def test_a_request_that_met_a_bug_by_itself_puts_no_device_into_quarantine() -> None:
    refused = RequestRefused(reason="internal_error", detail=BUG)
    assert quarantined_devices([tail(marker(0), event(1, refused, decides=0))]) == []


def test_an_owner_is_named_with_its_partitions() -> None:
    found = _only(owners([tail(marker(0, 3)), tail(marker(0, 3), partition=1)]))
    assert (found.level, found.where, found.what) == (
        Level.FINE,
        "partitions 0-1",
        "belong to worker-1 (generation 3)",
    )


def test_released_partitions_and_new_ones_belong_to_nobody() -> None:
    released = tail(marker(0), event(1, PartitionReleased()))
    found = _only(owners([released, tail(partition=1)]))
    assert (found.level, found.where) == (Level.WRONG, "partitions 0-1")


def test_an_owner_whose_marker_lies_further_back_is_not_guessed() -> None:
    found = _only(owners([tail(event(5000, DONE), begin=5000)]))
    assert (found.level, "--last" in found.what) == (Level.FINE, True)


def test_a_marker_that_lost_the_race_names_no_owner() -> None:
    lost = tail(marker(4999, 7, "loser", "f" * 16), event(5000, DONE), begin=4999)
    assert "loser" not in _only(owners([lost])).what


def test_a_partition_that_changes_hands_again_and_again_is_noticed() -> None:
    claims = [marker(n, n + 1, f"worker-{n % 2}", age_s=60) for n in range(4)]
    found = _only(takeovers([tail(*claims)], NOW_MS))
    assert "partitions 0 were claimed up to 4 times" in found.what
    assert "worker-1 (generation 2)" in found.what


def test_restarts_of_yesterday_are_no_unrest() -> None:
    claims = [marker(n, n + 1, age_s=86_400) for n in range(9)]
    assert takeovers([tail(*claims)], NOW_MS) == []


def test_void_events_are_noticed() -> None:
    found = _only(void_events([tail(marker(0), event(1, DONE), event(2, DONE, off_by=1))]))
    assert "1 void events lately, the last at device-events/0/2" in found.what


def test_partitions_are_listed_in_runs() -> None:
    assert listed([7, 0, 1, 2, 5]) == "0-2, 5, 7"
