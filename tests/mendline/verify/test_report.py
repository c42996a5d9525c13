from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from mendline.verify.check import Verification, check
from mendline.verify.ledger import LedgerUnreadableError, read_ledger
from mendline.verify.report import KEPT_PER_RULE, Report
from mendline.verify.rules import Rule
from schemas.topics import Topics
from tests.mendline.verify.scribe import Scribe, ready
from tests.mendline.verify.story import tell_story


def torn(times: int = 1) -> Report:
    """The report about a log with attempts of a send that never was."""
    scribe = ready()
    scribe.requests.append(scribe.requests[0]._replace(offset=1))
    for _ in range(times):
        scribe.attempt(0)
    return check(scribe.history())


def test_exit_code_tells_whether_a_rule_was_broken() -> None:
    assert (check(ready().history()).exit_code, torn().exit_code) == (0, 1)


def test_violation_tells_rule_position_device_and_what_is_wrong() -> None:
    [violation] = torn().violations
    assert str(violation) == (
        "attempt-not-waiting at device-events/0/5 alpha: send 0 is attempted, but it is over, or was never accepted"
    )


def test_violations_of_a_rule_are_counted_but_not_all_kept() -> None:
    report = torn(KEPT_PER_RULE + 7)
    counted = report.counts[Rule.ATTEMPT_NOT_WAITING]
    assert (len(report.violations), counted) == (KEPT_PER_RULE, KEPT_PER_RULE + 7)
    assert "... and 7 more of the same rules" in report.text()


def test_figures_count_what_happened() -> None:
    story = tell_story()
    figures = check(story.history(), story.ledger).figures
    assert figures["sends"] == {"accepted": 10, "cancelled": 3, "expired": 1, "rejected": 1}
    assert (figures["duplicates"], figures["claims"], figures["releases"], figures["devices"]) == (1, 3, 1, 1)
    assert figures["ledger"] == {
        "entries": 32,
        "left": 11,
        "connects": 5,
        "left_late": 0,
        "left_again": 1,
        "overlaps": 0,
    }


def test_text_ends_with_the_verdict() -> None:
    assert check(ready().history()).text().splitlines()[-1] == "no violation"
    assert torn().text().splitlines()[-1] == "1 violations: attempt-not-waiting 1"


def test_json_has_what_the_text_has() -> None:
    said = orjson.loads(torn().json())
    assert (said["ok"], said["counts"], said["figures"]["claims"]) == (False, {"attempt-not-waiting": 1}, 1)
    assert said["violations"][0]["positions"] == [["device-events", 0, 5]]


def in_pieces(scribe: Scribe) -> Report:
    """The report when every event arrives before the requests that it needs."""
    verification = Verification(1, Topics())
    piece = verification.begin(0, requests_begin=0, events_begin=0)
    for event in scribe.events:
        piece.events([event])
    for request in scribe.requests:
        piece.requests([request], request.offset + 1)
    verification.finish(piece)
    return verification.report()


def test_log_that_comes_in_pieces_is_checked_as_a_whole() -> None:
    story = tell_story()
    assert in_pieces(story) == check(story.history())


def test_fate_without_request_does_not_hold_up_what_follows() -> None:
    scribe = ready()
    scribe.tell("request_already_done", {"reason": "healthy"}, decides=17)
    scribe.disconnect(link=9)
    assert in_pieces(scribe).rules == {Rule.FATE_UNASKED, Rule.LINK_UNKNOWN}


def test_ledger_is_read_from_lines_of_json(tmp_path: Path) -> None:
    story, path = tell_story(), tmp_path / "ledger"
    path.write_bytes(b"".join(orjson.dumps(entry._asdict() | {"at": 0.0}) + b"\n" for entry in story.ledger))
    assert [*read_ledger(path)] == story.ledger


def test_ledger_that_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(b"{}\n")
    with pytest.raises(LedgerUnreadableError, match=r"ledger, line 1: .*export it anew"):
        [*read_ledger(path)]
