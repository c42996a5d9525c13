"""Receipts and what people write, as reports for the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from schemas.device.body import Body
from schemas.device.check import parse_request
from schemas.device.requests import DeliveryReported, MessageReported
from schemas.marks import MAX_BODY_BYTES
from streams.drivers.whatsapp.incoming import SentIds, deliveries_of, fitting, message_of, whatsapp_id_of
from streams.drivers.whatsapp.protocol import Incoming, Receipt, ReceiptKind

GROUP = "120363000000000001@g.us"
LID = "915560000007@lid"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT_MS = int(AT.timestamp() * 1000)
RECEIPT = Receipt(id=1, device_id="d", link=1, kind="delivered", whatsapp_ids=["3EB0A"], sender=LID, at=AT_MS)
WRITTEN = Incoming(
    id=1, device_id="d", link=1, whatsapp_id="3A1", chat=LID, sender=LID, sender_phone="15560000007", at=AT_MS,
    text="STOP", reply_to="3EB0A",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "status", "note"),
    [
        ("delivered", "delivered", None),
        ("read", "read", None),
        ("played", "read", None),
        ("server_error", "failed", "server_error"),
    ],
)
def test_a_receipt_says_how_far_a_message_got(kind: ReceiptKind, status: str, note: str | None) -> None:
    told = deliveries_of(replace(RECEIPT, kind=kind), SentIds())
    assert told == [DeliveryReported(provider_message_id="3EB0A", status=status, at=AT, note=note)]  # type: ignore[arg-type]


def test_a_receipt_of_a_group_says_whose_it_is() -> None:
    told = deliveries_of(replace(RECEIPT, is_group=True), SentIds())
    assert [each.by for each in told] == [LID]


def test_a_receipt_of_several_messages_is_a_report_of_each() -> None:
    told = deliveries_of(replace(RECEIPT, whatsapp_ids=["3EB0A", "3EB0B"]), SentIds())
    assert [each.provider_message_id for each in told] == ["3EB0A", "3EB0B"]


def test_a_receipt_names_the_send_that_it_is_of() -> None:
    sent, ours = SentIds(), "00112233445566778899aabbccddeeff"
    sent.add(ours)
    told = deliveries_of(replace(RECEIPT, whatsapp_ids=[whatsapp_id_of(ours), "3EB0B"]), sent)
    assert [each.message_id for each in told] == [ours, None]


def test_a_reply_says_who_wrote_what_and_what_it_answers() -> None:
    assert message_of(WRITTEN) == MessageReported(
        provider_message_id="3A1", sender="15560000007", body=Body(text="STOP"), replies_to="3EB0A", at=AT
    )


def test_whose_number_is_not_told_is_named_by_whatsapps_id() -> None:
    assert message_of(replace(WRITTEN, sender_phone="")).sender == LID


def test_a_message_to_a_group_says_which() -> None:
    assert message_of(replace(WRITTEN, chat=GROUP, is_group=True)).chat == GROUP
    assert message_of(WRITTEN).chat is None


def test_a_medium_is_named_and_not_fetched() -> None:
    told = message_of(replace(WRITTEN, media="image", text=""))
    assert (told.attached, told.body) == ("image", Body())


@pytest.mark.parametrize("text", ["\x01" * 65_536, "é" * 32_768, 'say "yes"' * 7_000])
def test_a_text_is_cut_to_what_the_log_takes(text: str) -> None:
    told = message_of(replace(WRITTEN, text=text))
    size = len(orjson.dumps(told.body))
    assert told.shortened
    assert MAX_BODY_BYTES - 1000 < size <= MAX_BODY_BYTES


def test_a_text_that_fits_stays_as_it_is() -> None:
    longest = "a" * (MAX_BODY_BYTES - len(orjson.dumps(Body())))
    assert fitting(longest) == longest
    assert not message_of(replace(WRITTEN, text=longest)).shortened


@pytest.mark.parametrize("at", [0, -5, 10**18])
def test_a_time_that_is_none_is_not_told(at: int) -> None:
    assert message_of(replace(WRITTEN, at=at)).at is None


def test_whatever_a_sender_makes_up_is_taken_by_the_log() -> None:
    long = "x" * 5000
    told = message_of(replace(WRITTEN, whatsapp_id=long, sender_phone=long, reply_to=long, chat=long, is_group=True))
    assert parse_request(told.type, orjson.loads(orjson.dumps(told))) == told


def test_a_message_without_an_id_is_taken_by_the_log() -> None:
    told = message_of(replace(WRITTEN, whatsapp_id="", sender="", sender_phone=""))
    assert parse_request(told.type, orjson.loads(orjson.dumps(told))) == told
