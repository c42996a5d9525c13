"""How devices are paired and unpaired."""

from __future__ import annotations

from schemas.device.requests import DevicePairingRequested
from tests.end_to_end.whatsapp.scenario import PAIRED, Scenario, comes_up
from tests.end_to_end.whatsapp.steps import (
    ACCEPTED,
    PAIR,
    PAIRING,
    REFRESH,
    SEND,
    UNPAIR,
    ask,
    lose_session,
    pair_by_code,
    scan,
    scan_as,
    shown,
    type_code,
    until,
    until_other,
)

SENT = ("send_queued: refreshing", *comes_up(), "send_attempted: 1", "send_accepted")
FAILED = until("device_pairing_failed")
UNPAIRED = ("device_unpaired: asked", "device_parked: needs_pairing", "value_release_recorded")
RELEASED = until("value_release_recorded")
FIRST = "somebody else has this phone"
AGAIN = PAIRED[1:]

SCENARIOS = (
    Scenario("a QR code is scanned and a message sent", SENT, (SEND,)),
    Scenario(
        "a code is typed and a message sent",
        ("device_pairing_started: code", "device_pairing_claim_started", "device_paired", *SENT),
        (pair_by_code, type_code, until("device_paired"), SEND),
        paired=False,
    ),
    Scenario(
        "the first login after a pairing fails",
        (*AGAIN, *SENT),
        (*PAIRING, SEND),
        "device {device} connect 2: failure 503",
        paired=False,
    ),
    Scenario(
        "nobody scans", ("device_pairing_started: qr", "device_pairing_failed: timeout"), (PAIR,), paired=False
    ),
    Scenario(
        "a pairing is cancelled and asked for again",
        ("device_pairing_started: qr", "device_pairing_failed: cancelled", *AGAIN),
        (PAIR, shown, UNPAIR, FAILED, PAIR, scan),
        paired=False,
    ),
    Scenario(
        "a pairing is asked for twice",
        ("device_pairing_started: qr", "request_refused: busy", *AGAIN[1:]),
        (PAIR, PAIR, until("request_refused"), scan),
        paired=False,
    ),
    Scenario("a paired device is to be paired", ("request_already_done: paired",), (PAIR,)),
    Scenario("a code without a number", ("request_refused: invalid",), (ask(DevicePairingRequested(method="code")),)),
    Scenario(
        "a code for a number that is too short",
        ("device_pairing_started: code", "device_pairing_failed: bad_phone"),
        (ask(DevicePairingRequested(method="code", phone="123")),),
        paired=False,
    ),
    Scenario(
        "a code for a number that the server refuses",
        ("device_pairing_started: code", "device_pairing_failed: refused"),
        (ask(DevicePairingRequested(method="code", phone="15550009999")),),
        "to 15550009999 lookup: unknown",
        paired=False,
    ),
    Scenario(
        "a pairing shown another servers certificate",
        ("device_pairing_started: qr", "device_pairing_failed: handshake_failed"),
        (PAIR,),
        "device {device} connect 1: bad-certificate",
        paired=False,
    ),
    Scenario(
        "a pairing that the server refuses with 503",
        ("device_pairing_started: qr", "device_pairing_failed: server_error"),
        (PAIR,),
        "device {device} connect 1: refuse http=503",
        paired=False,
    ),
    Scenario(FIRST, (), ()),
    Scenario(
        "a phone that another device has",
        (
            "device_pairing_started: qr", "device_pairing_claim_started", "device_pairing_failed: taken",
            "value_release_recorded",
        ),
        (until_other(FIRST.replace(" ", "-"), "device_paired"), PAIR, scan_as(FIRST.replace(" ", "-"))),
        paired=False,
    ),
    Scenario("a device is unpaired", UNPAIRED, (UNPAIR,)),
    Scenario(
        "a device is unpaired twice", (*UNPAIRED, "request_already_done: unpaired"), (UNPAIR, RELEASED, UNPAIR)
    ),
    Scenario(
        "a device with a link is unpaired and paired again",
        (
            *SENT,
            (*UNPAIRED, "device_disconnected: unpaired"),
            *AGAIN, "device_resumed: paired", *SENT,
        ),
        (SEND, ACCEPTED, UNPAIR, RELEASED, until("device_disconnected"), PAIR, scan, until("device_resumed"), SEND),
    ),
    Scenario(
        "a message waits for the pairing",
        (
            "send_queued: refreshing", "refresh_started: send", "refresh_failed: needs_pairing, needs_pairing",
            "device_parked: needs_pairing", *AGAIN, "device_resumed: paired", *comes_up(), "send_attempted: 1",
            "send_accepted",
        ),
        (SEND, until("device_parked"), PAIR, scan),
        paired=False,
    ),
    Scenario(
        "a message asked for while the device is being paired",
        ("device_pairing_started: qr", "send_queued: unpaired", *AGAIN[1:], *comes_up(), "send_attempted: 1",
         "send_accepted"),
        (PAIR, SEND, until("send_queued"), scan),
        paired=False,
    ),
    Scenario(
        "the button while the device is being paired",
        ("device_pairing_started: qr", "request_refused: busy", *AGAIN[1:]),
        (PAIR, REFRESH, until("request_refused"), scan),
        paired=False,
    ),
    Scenario(
        "a session whose row is lost is paired again",
        (
            "send_queued: refreshing", "refresh_started: send", "refresh_failed: needs_pairing, needs_pairing",
            "device_parked: needs_pairing", "device_unpaired: logged_out", "value_release_recorded",
            *AGAIN, "device_resumed: paired", *comes_up(), "send_attempted: 1", "send_accepted",
        ),
        (lose_session, SEND, RELEASED, PAIR, scan),
    ),
)  # fmt: skip
