from __future__ import annotations

from dataclasses import replace

from mendline.verify.check import check
from mendline.verify.history import History, PartitionHistory
from mendline.verify.report import Report
from mendline.verify.rules import Rule
from schemas.partitioner import partition_of
from tests.mendline.verify.scribe import Scribe

HERE = next(name for name in map(str, range(99)) if partition_of(name.encode(), 2) == 0)
ELSEWHERE = next(name for name in map(str, range(99)) if partition_of(name.encode(), 2) == 1)


def claimed(device: str) -> Scribe:
    scribe = Scribe(device, partitions=2)
    scribe.claim()
    return scribe


def refuse(scribe: Scribe, reason: str) -> None:
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("request_refused", {"reason": reason, "detail": "elsewhere"}, decides=asked)


def test_event_of_a_device_of_another_partition_is_found() -> None:
    scribe = claimed(ELSEWHERE)
    scribe.register()
    assert scribe.broken() == {Rule.EVENT_PARTITION}


def test_refusal_of_what_belongs_to_another_partition_lies_beside_it() -> None:
    scribe = claimed(ELSEWHERE)
    refuse(scribe, "wrong_partition")
    assert scribe.broken() == set()


def test_refusal_of_what_is_in_its_partition_is_found() -> None:
    scribe = claimed(HERE)
    refuse(scribe, "wrong_partition")
    assert scribe.broken() == {Rule.EVENT_PARTITION}


def shortened(scribe: Scribe, begin: int) -> Report:
    [whole] = scribe.history().partitions
    kept = [event for event in scribe.events if event.offset >= begin]
    return check(History(1, [replace(whole, events=kept, events_begin=begin)]))


def test_device_whose_registration_was_trimmed_is_not_judged() -> None:
    scribe = Scribe()
    scribe.claim()
    scribe.register()
    begin = scribe.claim()
    scribe.attempt(0)
    assert shortened(scribe, begin).ok


def test_device_that_registers_after_the_trim_is_judged() -> None:
    scribe = Scribe()
    scribe.claim()
    scribe.register()
    begin = scribe.claim()
    scribe.device = "beta"
    scribe.register()
    scribe.attempt(1)
    assert shortened(scribe, begin).rules == {Rule.ATTEMPT_NOT_WAITING}


def test_fates_whose_requests_were_deleted_are_counted() -> None:
    scribe = Scribe()
    scribe.claim()
    scribe.register()
    scribe.connect()
    partition = PartitionHistory(0, scribe.requests[1:], scribe.events, requests_begin=1)
    report = check(History(1, [partition]))
    assert (report.ok, report.figures["fates_of_requests_gone"]) == (True, 1)
