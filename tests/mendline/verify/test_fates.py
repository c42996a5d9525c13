from __future__ import annotations

from mendline.verify.history import RawRecord
from mendline.verify.rules import Rule
from tests.mendline.verify.scribe import Scribe, ready, sent


def attempt_of(scribe: Scribe, request: int, **changes: object) -> dict[str, object]:
    data = {"attempt": 1, "message_id": "0" * 32, "link": scribe.link, "known_chat": None, "send": sent({})}
    return scribe.of(request) | data | changes


def test_request_without_fate_is_found_once_a_later_one_is_decided() -> None:
    scribe = ready()
    scribe.ask_send()
    scribe.send()
    assert scribe.broken() == {Rule.FATE_MISSING}


def test_request_that_is_not_decided_yet_is_no_violation() -> None:
    scribe = ready()
    scribe.ask_send()
    assert scribe.broken() == set()


def test_request_that_is_not_decided_is_one_in_a_settled_log() -> None:
    scribe = ready()
    scribe.ask_send()
    assert scribe.broken(settled=True) == {Rule.UNSETTLED}


def test_offset_without_record_needs_no_fate() -> None:
    scribe = ready()
    scribe.next_request += 3
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=asked)
    assert scribe.broken() == set()


def test_request_that_is_decided_twice_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=asked)
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=asked)
    assert Rule.FATE_TWICE in scribe.broken()


def test_requests_that_are_decided_out_of_order_are_found() -> None:
    scribe = ready()
    first, second = scribe.ask("refresh_requested", {}), scribe.ask("refresh_requested", {})
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=second)
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=first)
    assert Rule.FATE_TWICE in scribe.broken()


def test_fate_of_a_request_that_nobody_made_is_found() -> None:
    scribe = ready()
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=17)
    assert scribe.broken() == {Rule.FATE_UNASKED}


def test_fate_of_another_device_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=asked, subject="beta")
    assert scribe.broken() == {Rule.FATE_SUBJECT}


def test_refusal_of_a_record_without_usable_id_is_malformed() -> None:
    scribe = ready()
    scribe.requests.append(RawRecord(scribe.next_request, b"\xff", b"no JSON"))
    refusal = {"reason": "undecodable", "detail": "no JSON"}
    scribe.tell("request_refused", refusal, decides=scribe.next_request, subject="(malformed)")
    assert scribe.broken() == set()


def test_fate_of_another_kind_than_its_request_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("device_changed", {"name": ""}, decides=asked)
    assert scribe.broken() == {Rule.FATE_KIND}


def test_request_that_cannot_be_read_may_only_be_refused() -> None:
    scribe = ready()
    scribe.requests.append(RawRecord(scribe.next_request, b"alpha", b"no JSON"))
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=scribe.next_request)
    assert scribe.broken() == {Rule.FATE_KIND}


def test_request_in_binary_mode_is_read() -> None:
    scribe = ready()
    headers = [("ce_type", b"refresh_requested"), ("ce_id", b"r9"), ("ce_subject", b"alpha")]
    scribe.requests.append(RawRecord(scribe.next_request, b"alpha", b"{}", headers))
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=scribe.next_request)
    assert scribe.broken() == set()


def test_fate_that_sends_another_text_is_found() -> None:
    scribe = ready()
    request = scribe.ask_send()
    other = sent({"body": {"text": "Goodbye", "media": None}})
    scribe.tell("send_attempted", attempt_of(scribe, request, send=other), decides=request)
    assert scribe.broken() == {Rule.FATE_CONTENT}


def test_fate_that_drops_the_time_asked_for_is_found() -> None:
    scribe = ready()
    request = scribe.ask_send(not_before="2026-11-23T12:00:00Z")
    scribe.tell("send_attempted", attempt_of(scribe, request), decides=request)
    assert scribe.broken() == {Rule.FATE_CONTENT}


def test_fate_may_write_the_time_asked_for_in_another_way() -> None:
    scribe = ready()
    request = scribe.ask_send(not_before="2026-11-23T13:00:00+01:00")
    same = sent({"not_before": "2026-11-23T12:00:00Z"})
    scribe.tell("send_attempted", attempt_of(scribe, request, send=same), decides=request)
    assert scribe.broken() == set()


def test_fate_that_names_another_send_is_found() -> None:
    scribe = ready()
    request = scribe.ask_send()
    scribe.tell("send_attempted", attempt_of(scribe, request, request_id="r0"), decides=request)
    assert scribe.broken() == {Rule.FATE_CONTENT}


def test_decision_with_a_foreign_event_in_it_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("device_park_requested", {})
    scribe.tell("device_parked", {"reason": "asked"}, decides=asked)
    scribe.tell("delivery_recorded", {}, cause="driver:1")
    scribe.tell("device_disconnected", {"link": scribe.link, "why": "parked"}, cause=f"request:{asked}")
    assert scribe.broken() == {Rule.DECISION_TORN}


def test_decision_with_a_gap_in_it_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("device_park_requested", {})
    scribe.tell("device_parked", {"reason": "asked"}, decides=asked)
    scribe.tell("delivery_recorded", {}, claim="0" * 16)
    scribe.tell("device_disconnected", {"link": scribe.link, "why": "parked"}, cause=f"request:{asked}")
    assert scribe.broken() == {Rule.DECISION_TORN}


def test_decision_without_fate_is_found() -> None:
    scribe = ready()
    scribe.disconnect()
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("refresh_started", {"refresh": 2, "why": "requested"}, cause=f"request:{asked}")
    scribe.tell("refresh_advanced", {"refresh": 2, "step": "dialled"})
    assert scribe.broken() == {Rule.DECISION_TORN}


def test_fate_that_names_another_cause_is_found() -> None:
    scribe = ready()
    asked = scribe.ask("refresh_requested", {})
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=asked, cause="due:time")
    assert scribe.broken() == {Rule.DECISION_TORN}
