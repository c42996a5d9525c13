"""Every way in which Wablas may answer, and what the driver makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from schemas.device.body import Body, Media
from schemas.device.outcomes import Accepted, Deferred, NotConnected, NotFound, Rejected, SendOutcome, Uncertain
from streams.drivers.credentials import Credentials
from streams.drivers.exchange import Reach
from streams.drivers.wablas.driver import wablas_driver
from tests.streams.drivers.stage import Stage
from tests.streams.drivers.wablas.conftest import CREDENTIAL
from tests.streams.drivers.wablas.fake_server import HTML, POLITE, TOKEN, FakeWablas, Manner, saying_no

LIST = orjson.dumps({"status": True, "data": [{"id": 7, "message": {"text": "hi"}}]})
STOPPED = orjson.dumps({"status": True, "data": {"messages": [{"id": "x", "status": "cancel"}]}})
SHOUTED = orjson.dumps({"Status": "success"})
ENDLESS = b'{"status": true}' + b" " * 300_000

ANSWERS: dict[str, tuple[Manner, type[SendOutcome]]] = {
    "taken": (POLITE, Accepted),
    "taken, in a list": (Manner(body=LIST), Accepted),
    "taken, in other letters and no details": (Manner(body=SHOUTED), Accepted),
    "taken slowly": (Manner(delay_s=0.1), Accepted),
    "taken and stopped at once": (Manner(body=STOPPED), Rejected),
    "no": (saying_no("phone number is not valid"), Rejected),
    "no, the number knows no WhatsApp": (saying_no("phone number is not connected to WhatsApp"), Rejected),
    "no, with a 400": (saying_no("message is required", 400), Rejected),
    "no, too fast": (saying_no("463 rate overlimit"), Deferred),
    "no, the secret": (saying_no("secret key invalid"), NotConnected),
    "no, the address": (saying_no("your IP is not allowed"), NotConnected),
    "no, the phone is off": (saying_no("your device is disconnected"), NotConnected),
    "no, with a 401": (saying_no("who are you", 401), NotConnected),
    "no such page": (Manner(takes=False, status=404, body=HTML), NotConnected),
    "done, see elsewhere": (Manner(status=303, body=b"", headers="Location: /sent\r\n"), Uncertain),
    "elsewhere": (Manner(takes=False, status=302, body=b"", headers="Location: /login\r\n"), NotConnected),
    "too many": (Manner(takes=False, status=429, body=HTML), Deferred),
    "unavailable, come back": (Manner(takes=False, status=503, body=HTML, headers="Retry-After: 7\r\n"), Deferred),
    "unavailable": (Manner(status=503, body=HTML), Uncertain),
    "broken": (Manner(status=500, body=HTML), Uncertain),
    "broken, and says no": (saying_no("oops", 500), Uncertain),
    "HTML with a 200": (Manner(body=HTML), Uncertain),
    "nothing with a 200": (Manner(body=b""), Uncertain),
    "neither yes nor no": (Manner(body=b'{"status": "queued?"}'), Uncertain),
    "a list with a 200": (Manner(body=b"[1]"), Uncertain),
    "no end": (Manner(body=ENDLESS), Uncertain),
    "nothing after taking it": (Manner(silent=True), Uncertain),
    "nothing, not taken": (Manner(takes=False, silent=True), Uncertain),
    "cut at once": (Manner(cut="at once"), Uncertain),
    "cut after the headers": (Manner(cut="after headers"), Uncertain),
    "cut after the body": (Manner(cut="after body"), Uncertain),
    "cut in the answer's headers": (Manner(cut="in answer's headers"), Uncertain),
    "cut in the answer's body": (Manner(cut="in answer's body"), Uncertain),
}


@pytest.mark.parametrize(("manner", "expected"), ANSWERS.values(), ids=ANSWERS)
async def test_every_answer_is_the_right_outcome(
    stage: Stage, server: FakeWablas, manner: Manner, expected: type[SendOutcome]
) -> None:
    server.manners.append(manner)
    assert type(await stage.run(stage.send(None))) is expected


@pytest.mark.parametrize("manner", [manner for manner, _ in ANSWERS.values()], ids=ANSWERS)
async def test_no_answer_makes_the_driver_send_again(stage: Stage, server: FakeWablas, manner: Manner) -> None:
    server.manners.append(manner)
    await stage.run(stage.send(None))
    assert server.sends_seen <= 1


@pytest.mark.parametrize("manner", [manner for manner, kind in ANSWERS.values() if kind is Uncertain])
async def test_what_was_taken_in_doubt_is_found_by_its_id(stage: Stage, server: FakeWablas, manner: Manner) -> None:
    server.manners.append(manner)
    await stage.run(stage.send(None, message_id="doubted"))
    found = await stage.run(stage.ask("doubted"))
    assert type(found) is (Accepted if server.ledger else NotFound)


async def test_id_of_the_platform_is_kept(stage: Stage) -> None:
    assert await stage.run(stage.send(None, message_id="m")) == Accepted(provider_message_id="w-m@wablas-1")


async def test_platform_says_when_to_come_back(stage: Stage, server: FakeWablas) -> None:
    server.manners.append(Manner(takes=False, status=503, headers="Retry-After: 7\r\n"))
    outcome = await stage.run(stage.send(None))
    assert isinstance(outcome, Deferred)
    assert timedelta(seconds=5) < outcome.until - datetime.now(UTC) <= timedelta(seconds=7)


async def test_nobody_listening_takes_nothing(stage: Stage, server: FakeWablas) -> None:
    await server.__aexit__()
    outcome = await stage.run(stage.send(None))
    assert isinstance(outcome, NotConnected)
    assert outcome.reason.startswith("ConnectError")


async def test_connections_have_a_limit_and_who_gets_none_has_sent_nothing(server: FakeWablas, file: Path) -> None:
    driver = wablas_driver(Credentials(file), Reach(connections=2, answer_s=30))
    stage = Stage(driver, server, "wablas-1", CREDENTIAL)
    await driver.open()
    server.manner = Manner(silent=True)
    for _ in range(2):
        stage.begin(stage.send(None))
    assert await stage.run(stage.send(None)) == NotConnected(reason="NoneFreeError: all 2 connections are busy")
    await driver.close()
    assert server.sends_seen == 2


async def test_stopped_message_was_rejected(stage: Stage, server: FakeWablas) -> None:
    await stage.run(stage.send(None, message_id="m"))
    server.row_status = "cancel"
    assert await stage.run(replace(stage.ask("m"), attempt=1)) == Rejected(reason="cancel")


async def test_stopped_row_of_an_earlier_attempt_says_nothing_of_the_last(stage: Stage, server: FakeWablas) -> None:
    await stage.run(stage.send(None, message_id="m"))
    server.row_status = "cancel"
    assert await stage.run(stage.ask("m")) == NotFound()


@pytest.mark.parametrize("manner", [Manner(status=500, body=HTML), Manner(silent=True), saying_no("busy")])
async def test_report_that_cannot_be_read_leaves_the_doubt(stage: Stage, server: FakeWablas, manner: Manner) -> None:
    await stage.run(stage.send(None, message_id="m"))
    server.asked_manner = manner
    assert isinstance(await stage.run(stage.ask("m")), Uncertain)


async def test_rows_of_other_messages_answer_nothing(stage: Stage, server: FakeWablas) -> None:
    rows = [{"id": 1, "ref_id": "another", "status": "sent"}, {"id": 2, "status": "sent"}]
    server.asked_manner = Manner(body=orjson.dumps({"message": rows}))
    assert await stage.run(stage.ask("m")) == NotFound()


@pytest.mark.parametrize("to", ["6281,6282", "120363@g.us", "ana", "", "+"])
async def test_message_to_anything_but_one_number_does_not_leave(stage: Stage, server: FakeWablas, to: str) -> None:
    assert isinstance(await stage.run(stage.send(None, to=to)), Rejected)
    assert server.sends_seen == 0


BODIES = {
    "text": (Body(text="hi & bye"), "/api/send-message", {"message": "hi & bye"}),
    "image": (
        Body(text="hi", media=Media(kind="image", url="https://a/b.png")),
        "/api/send-image",
        {"image": "https://a/b.png", "caption": "hi"},
    ),
    "document": (
        Body(media=Media(kind="document", url="https://a/b.pdf")),
        "/api/send-document",
        {"document": "https://a/b.pdf"},
    ),
}


@pytest.mark.parametrize(("body", "path", "fields"), BODIES.values(), ids=BODIES)
async def test_each_kind_of_message_has_its_form(
    stage: Stage, server: FakeWablas, body: Body, path: str, fields: dict[str, str]
) -> None:
    send = stage.send(None, to="+6281234567890")
    await stage.run(replace(send, body=body))
    (taken,) = server.ledger
    assert (taken.path, taken.form) == (path, {"phone": "6281234567890", "ref_id": send.message_id, **fields})


@pytest.mark.parametrize("body", [Body(), Body(text="hi", media=Media(kind="audio", url="https://a/b.ogg"))])
async def test_message_that_wablas_has_no_form_for_does_not_leave(stage: Stage, server: FakeWablas, body: Body) -> None:
    assert isinstance(await stage.run(replace(stage.send(None), body=body)), Rejected)
    assert server.sends_seen == 0


# credentials


async def test_send_is_logged_without_its_recipient_or_a_secret(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="streams")
    await stage.run(stage.send(None, message_id="m"))
    (line,) = caplog.messages
    assert line == "[PLATFORM-SEND] Sending message via Wablas: device wablas-1, message m@wablas-1, attempt 1"


async def test_secret_that_the_platform_repeats_stays_out_of_the_reason(stage: Stage, server: FakeWablas) -> None:
    server.manners.append(saying_no(f"token {TOKEN} invalid"))
    assert await stage.run(stage.send(None)) == NotConnected(reason="token *** invalid")


async def test_device_without_a_credential_sends_nothing(stage: Stage, server: FakeWablas) -> None:
    outcome = await stage.run(replace(stage.send(None), credential="shop-9"))
    assert isinstance(outcome, NotConnected)
    assert "there is no credential 'shop-9'" in outcome.reason
    assert server.sends_seen == 0
