"""What becomes of a connect: every answer of WhatsApp's server, and none."""

from __future__ import annotations

from tests.end_to_end.whatsapp.scenario import Scenario, comes_up, connects
from tests.end_to_end.whatsapp.steps import PAIR, REFRESH, SEND, damage_session, lose_session, scan, until

ONCE = "device {device} connect 1: "
DIALLED = ("session_found", "dialled")
SENT = ("send_attempted: 1", "send_accepted")
ENDED = ("device_parked: needs_pairing", "device_unpaired: logged_out", "value_release_recorded")


def mended(title: str, play: str, reason: str, *steps: str) -> Scenario:
    """The first connect comes to nothing for now; the next one succeeds."""
    failed = (*connects(*steps), f"refresh_failed: unreachable, {reason}")
    return Scenario(title, ("send_queued: refreshing", *failed, *comes_up("retry"), *SENT), (SEND,), ONCE + play)


def parked(title: str, play: str, outcome: str) -> Scenario:
    """The connect needs a person."""
    failed = (*connects(*DIALLED), f"refresh_failed: {outcome}, needs_pairing")
    return Scenario(title, ("send_queued: refreshing", *failed, *ENDED), (SEND,), ONCE + play)


SCENARIOS = (
    parked("a login is refused with 401", "failure 401", "needs_pairing"),
    parked("a login is refused with 403", "failure 403", "needs_pairing"),
    parked("a login is refused with 406", "failure 406", "needs_pairing"),
    parked("a ban without an end", "failure 402 code=101", "needs_pairing"),
    Scenario(
        "a ban of an hour",
        (
            "send_queued: refreshing", *connects(*DIALLED), "refresh_failed: banned, banned", "device_parked: banned",
            "request_refused: parked",
        ),
        (SEND, until("device_parked"), REFRESH),
        ONCE + "failure 402 code=101 expire=3600",
    ),
    Scenario(
        "a ban of two seconds",
        (
            "send_queued: refreshing", *connects(*DIALLED), "refresh_failed: banned, banned", "device_parked: banned",
            "device_resumed: until_passed", *comes_up(), *SENT,
        ),
        (SEND,),
        ONCE + "failure 402 code=101 expire=2",
    ),
    Scenario(
        "a session that is logged out is paired again",
        (
            "send_queued: refreshing", *connects(*DIALLED), "refresh_failed: needs_pairing, needs_pairing", *ENDED,
            "device_pairing_started: qr", "device_pairing_claim_started", "device_paired", "device_resumed: paired",
            *comes_up(), *SENT,
        ),
        (SEND, until("value_release_recorded"), PAIR, scan),
        ONCE + "failure 401",
    ),
    mended("a client that is too old", "failure 405", "client_outdated 405", *DIALLED),
    mended("a login is refused with 400", "failure 400", "refused 400", *DIALLED),
    mended("a login is refused with 409", "failure 409 message=bad", "refused 409", *DIALLED),
    mended("a login is refused with 415", "failure 415", "refused 415", *DIALLED),
    mended("a login is refused with 500", "failure 500", "cut", *DIALLED),
    mended("a login is refused with 501", "failure 501", "server_error 501", *DIALLED),
    mended("a login is refused with 503", "failure 503", "cut", *DIALLED),
    mended("cut instead of a login", "cut-login", "cut", *DIALLED),
    mended("no answer to the login", "silent", "no_login", *DIALLED),
    mended("the server answers 503", "refuse http=503", "server_error 503", "session_found"),
    mended("the server answers 403", "refuse http=403", "refused 403", "session_found"),
    mended("another servers certificate", "bad-certificate", "handshake_failed", "session_found"),
    mended("HTTP without an answer", "hang-http", "dial_failed", "session_found"),
    mended("no handshake", "hang-noise", "handshake_failed", "session_found"),
    mended("cut in the handshake", "cut-noise", "handshake_failed", "session_found"),
    Scenario(
        "the second connect fails too",
        (
            "send_queued: refreshing",
            *connects(*DIALLED), "refresh_failed: unreachable, cut",
            *connects(*DIALLED, why="retry"), "refresh_failed: unreachable, cut",
            *comes_up("retry"), *SENT,
        ),
        (SEND,),
        "device {device} connect 1-2: cut-login",
    ),
    Scenario(
        "a session whose row is lost",
        ("send_queued: refreshing", *connects(), "refresh_failed: needs_pairing, needs_pairing", *ENDED),
        (lose_session, SEND),
    ),
    Scenario(
        "a session whose row is damaged",
        ("send_queued: refreshing", *connects(), "refresh_failed: needs_pairing, needs_pairing", *ENDED),
        (damage_session, SEND),
    ),
)  # fmt: skip
