"""Everything that a host says of links and sends becomes an outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from schemas.catalogue import adapter
from schemas.device.outcomes import (
    BannedUntil,
    ConnectOutcome,
    Deferred,
    Dropped,
    LinkReport,
    NeedsPairing,
    NewChatLocked,
    NotConnected,
    Rejected,
    ReplacedElsewhere,
    Uncertain,
    Unreachable,
)
from streams.drivers.whatsapp.outcomes import LATER, NEW_CHATS_LATER, connect_outcome, link_report, send_outcome
from streams.drivers.whatsapp.protocol import ConnectFailed, LinkEnded, LinkWhy, NotSent, SendWhy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNTIL = datetime(2026, 11, 23, 13, tzinfo=UTC)


def failed(why: LinkWhy, code: int = 0, until: int = 0, detail: str = "") -> ConnectFailed:
    return ConnectFailed(id=1, device_id="phone", link=1, why=why, code=code, until=until, detail=detail)


@pytest.mark.parametrize("why", ["unknown_jid", "store_damaged", "logged_out", "banned"])
def test_a_session_that_is_gone_waits_for_a_person(why: LinkWhy) -> None:
    assert connect_outcome(failed(why)) == NeedsPairing(reason=why)


def test_a_ban_lasts_until_its_end() -> None:
    said = failed("temporary_ban", 101, int(UNTIL.timestamp() * 1000))

    assert connect_outcome(said) == BannedUntil(until=UNTIL, reason="temporary_ban 101")


def test_a_ban_without_an_end_waits_for_a_person() -> None:
    assert connect_outcome(failed("temporary_ban", 102)) == NeedsPairing(reason="temporary_ban 102")


def test_a_session_that_was_taken_is_not_fought_for() -> None:
    assert link_report(LinkEnded(device_id="phone", link=1, why="replaced")) == ReplacedElsewhere()


def test_a_link_that_drops_says_why() -> None:
    said = LinkEnded(device_id="phone", link=1, why="server_error", code=500, detail="words")

    assert link_report(said) == Dropped(reason="server_error 500: words")


def test_a_closed_connect_is_unreachable_as_every_drivers_is() -> None:
    assert connect_outcome(failed("closed")) == Unreachable(reason="closed")


@pytest.mark.parametrize("why", get_args(LinkWhy))
def test_every_reason_of_a_link_is_an_outcome(why: LinkWhy) -> None:
    assert isinstance(connect_outcome(failed(why)), ConnectOutcome)
    assert isinstance(link_report(LinkEnded(device_id="phone", link=1, why=why)), LinkReport)


@pytest.mark.parametrize("why", get_args(SendWhy))
def test_a_send_that_may_have_left_is_never_sent_again(why: SendWhy) -> None:
    outcome = send_outcome(NotSent(id=1, why=why, written=True), NOW)

    assert isinstance(outcome, Uncertain | Rejected)


@pytest.mark.parametrize("why", sorted({*get_args(SendWhy)} - {"refused", "not_encrypted"}))
def test_a_send_that_certainly_did_not_leave_is_never_uncertain(why: SendWhy) -> None:
    outcome = send_outcome(NotSent(id=1, why=why), NOW)

    assert isinstance(outcome, NotConnected | Rejected | Deferred)


def test_what_whatsapp_does_not_tell_now_is_asked_for_later() -> None:
    assert send_outcome(NotSent(id=1, why="no_keys"), NOW) == Deferred(until=NOW + LATER, reason="no_keys")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 406, 479])
def test_a_refusal_for_good_is_final(code: int) -> None:
    outcome = send_outcome(NotSent(id=1, why="refused", written=True, code=code), NOW)

    assert outcome == Rejected(reason=f"refused {code}")


def test_a_refusal_that_nobody_knows_is_uncertain() -> None:
    outcome = send_outcome(NotSent(id=1, why="refused", written=True, code=599), NOW)

    assert outcome == Uncertain(reason="refused 599")


def test_locked_new_chats_hold_new_chats_only() -> None:
    outcome = send_outcome(NotSent(id=1, why="refused", written=True, code=463), NOW)

    assert outcome == NewChatLocked(until=NOW + NEW_CHATS_LATER)


def test_words_of_a_server_are_cut_to_what_the_log_takes() -> None:
    refused = connect_outcome(failed("refused", 400, detail="x" * 5000))

    assert isinstance(refused, Unreachable)
    assert adapter(Unreachable).validate_python({"reason": refused.reason}) == refused
