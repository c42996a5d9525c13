"""What becomes of a link that is up: how it ends, who mends it, and what the button does."""

from __future__ import annotations

from tests.end_to_end.whatsapp.scenario import Scenario, comes_up
from tests.end_to_end.whatsapp.steps import (
    ACCEPTED,
    PARK,
    REFRESH,
    REMOVE,
    RESUME,
    SEND,
    send,
    tell,
    until,
)

UP = (REFRESH, until("device_connected"))
DOWN = until("device_disconnected")
MENDED = ("send_queued: refreshing", *comes_up(), "send_attempted: 1", "send_accepted")
LOGGED_OUT = ("device_parked: needs_pairing", "device_unpaired: logged_out", "value_release_recorded")


def ended(title: str, what: str, reason: str) -> Scenario:
    """The link ends, and a send mends it."""
    log = (*comes_up("requested"), f"device_disconnected: dropped, {reason}", *MENDED)
    return Scenario(title, log, (*UP, tell(what), DOWN, SEND))


SCENARIOS = (
    ended("a link that is cut", "cut", "cut"),
    ended("a server that restarts", "restart", "restarted 515"),
    ended("a stream error 500", "500", "server_error 500"),
    ended("a stream error 503", "503", "cut"),
    ended("a link that goes mute", "mute", "mute"),
    Scenario(
        "a link that another program takes",
        (*comes_up("requested"), "device_disconnected: replaced", "device_parked: replaced_elsewhere",
         "send_queued: parked", "device_resumed: asked", *comes_up(), "send_attempted: 1", "send_accepted"),
        (*UP, tell("replaced"), until("device_parked"), SEND, until("send_queued"), RESUME),
    ),
    Scenario(
        "a device that is removed on its phone",
        (*comes_up("requested"), "device_disconnected: logged_out", *LOGGED_OUT, "send_queued: parked"),
        (*UP, tell("removed"), until("value_release_recorded"), SEND),
    ),
    Scenario("the button", comes_up("requested"), (REFRESH,)),
    Scenario(
        "the button on a healthy link", (*comes_up("requested"), "request_already_done: healthy"), (*UP, REFRESH)
    ),
    Scenario(
        "the button on a link that was cut",
        (*comes_up("requested"), "device_disconnected: dropped, cut", *comes_up("requested")),
        (*UP, tell("cut"), DOWN, REFRESH),
    ),
    Scenario(
        "the button while a send mends",
        (
            "send_queued: refreshing", "refresh_started: send",
            ("refresh_joined", "refresh_advanced: session_found", "refresh_advanced: dialled"),
            "refresh_failed: unreachable, no_login", *comes_up("retry"), "send_attempted: 1", "send_accepted",
        ),
        (SEND, REFRESH),
        "device {device} connect 1: silent",
    ),
    Scenario(
        "five sends at once and one connect",
        (
            "send_queued: refreshing", "refresh_started: send",
            (*("send_queued: refreshing",) * 4, "refresh_advanced: session_found", "refresh_advanced: dialled"),
            "refresh_failed: unreachable, no_login", *comes_up("retry"),
            *("send_attempted: 1", "send_accepted") * 5,
        ),
        (SEND,) * 5,
        "device {device} connect 1: silent",
    ),
    Scenario(
        "a parked device",
        (
            "device_parked: asked", "send_queued: parked", "request_refused: parked", "device_resumed: asked",
            *comes_up(), "send_attempted: 1", "send_accepted",
        ),
        (PARK, SEND, REFRESH, RESUME),
    ),
    Scenario(
        "a device that is parked closes its link",
        (*comes_up("requested"), "device_parked: asked", "device_disconnected: parked"),
        (*UP, PARK),
    ),
    Scenario(
        "a device that is removed with its sends",
        (
            *comes_up("requested"), "device_parked: asked", "device_disconnected: parked",
            "send_queued: parked", "send_queued: parked", "device_removed",
            ("device_unpaired: removed", "value_release_recorded", "send_cancelled: device_removed",
             "send_cancelled: device_removed"),
        ),
        (*UP, PARK, DOWN, SEND, SEND, REMOVE),
    ),
    Scenario(
        "a link that drops twice in a row",
        (*MENDED, "device_disconnected: dropped, cut", *MENDED, "device_disconnected: dropped, cut", *MENDED),
        (SEND, ACCEPTED, DOWN, SEND, until("send_accepted", 2), until("device_disconnected", 2), send()),
        "device {device} message 1-2: ack-cut after=500",
    ),
)  # fmt: skip
