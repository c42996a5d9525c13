"""What becomes of a message: refused, lost, acknowledged late or never, taken back, asked for again."""

from __future__ import annotations

from schemas.device.requests import SendCancellationRequested
from tests.end_to_end.whatsapp.scenario import Scenario, comes_up
from tests.end_to_end.whatsapp.steps import ACCEPTED, PARK, RESUME, SEND, ask, cancel, resolve, send, until

BEGUN = ("send_queued: refreshing", *comes_up(), "send_attempted: 1")
ONE = "one"
GROUP = "120363000000000001@g.us"
SENT = (*BEGUN, "send_accepted")
CUT = ("send_uncertain: cut", "device_disconnected: dropped, cut")
MENDED = ("send_queued: refreshing", *comes_up(), "send_attempted: 1", "send_accepted")


def rejected(title: str, reason: str, to: str = "{to}", script: str = "") -> Scenario:
    """The message is refused for good, and the next one leaves."""
    log = (*BEGUN, f"send_rejected: {reason}", "send_attempted: 1", "send_accepted")
    return Scenario(title, log, (send(to=to), until("send_rejected"), send(to="{to}0")), script)


def deferred(title: str, reason: str, script: str, to: str = "{to}") -> Scenario:
    """The message is to be tried later; it is taken back."""
    log = (*BEGUN, f"send_deferred: {reason}", "send_cancelled: asked")
    return Scenario(title, log, (send(ONE, to), until("send_deferred"), cancel(ONE)), script)


def reaches(title: str, to: str) -> Scenario:
    """The message reaches whom it is for."""
    return Scenario(title, SENT, (send(to=to),))


FIRST = "device {device} message 1: "
SCENARIOS = (
    reaches("to a number with a plus", "+{to}"),
    reaches("to a JID", "{to}@s.whatsapp.net"),
    reaches("to a LID", "9{to}@lid"),
    reaches("to a group", GROUP),
    Scenario("to a known person once more", (*SENT, "send_attempted: 1", "send_accepted"), (SEND, ACCEPTED, SEND)),
    rejected("to nobody", "bad_recipient", "somebody"),
    rejected("to a national number", "bad_recipient", "0812345678"),
    rejected("to somebody who is not on WhatsApp", "not_on_whatsapp", script="to {to} lookup: unknown"),
    rejected("refused with 400", "refused 400", script=FIRST + "ack error=400"),
    rejected("refused with 404", "refused 404", script=FIRST + "ack error=404"),
    rejected("refused with 479", "refused 479", script=FIRST + "ack error=479"),
    deferred("a number without a LID", "lookup_failed", "to {to} lookup: no-lid"),
    deferred("a lookup that fails", "lookup_failed", "to {to} lookup: error=503"),
    deferred("a lookup without an answer", "lookup_failed", "to {to} lookup: silent"),
    deferred("a person without devices", "no_devices", "to {to} lookup: no-devices"),
    deferred("a person without keys", "no_keys", "to {to} keys: none"),
    deferred("keys that cannot be asked for", "no_keys", "to {to} keys: error=503"),
    deferred("new chats are locked", "new_chat_locked", FIRST + "ack error=463"),
    Scenario(
        "keys that are there half a minute later",
        (*BEGUN, "send_deferred: no_keys", "send_attempted: 2", "send_accepted"),
        (SEND,),
        "to {to} keys 1: none",
    ),
    Scenario(
        "refused with a code that may mean anything",
        (*BEGUN, "send_uncertain: refused 500", "send_attempted: 1", "send_accepted"),
        (SEND, until("send_uncertain"), SEND),
        FIRST + "ack error=500",
    ),
    Scenario(
        "no acknowledgement",
        (*BEGUN, "send_uncertain: no_ack", "send_attempted: 1", "send_accepted"),
        (SEND, until("send_uncertain"), SEND),
        FIRST + "no-ack",
    ),
    Scenario("cut after it arrived", (*BEGUN, CUT, *MENDED), (SEND, until("device_disc"), until("send_unc"), SEND),
             FIRST + "cut"),
    Scenario("cut before it arrived", (*BEGUN, CUT, *MENDED), (SEND, until("device_disc"), until("send_unc"), SEND),
             FIRST + "lose"),
    Scenario(
        "cut after the acknowledgement",
        (*SENT, "device_disconnected: dropped, cut", *MENDED),
        (SEND, until("device_disconnected"), SEND),
        FIRST + "ack-cut after=1000",
    ),
    Scenario(
        "a message in doubt that a person sends again",
        (*BEGUN, CUT, "send_resolved: send_again, person", *comes_up(), "send_attempted: 2", "send_accepted"),
        (send(ONE), until("device_disconnected"), until("send_uncertain"), resolve(ONE, "send_again")),
        FIRST + "lose",
    ),
    Scenario(
        "a message in doubt that a person calls sent",
        (*BEGUN, CUT, "send_resolved: sent, person", "send_repeated"),
        (send(ONE), until("device_disconnected"), until("send_uncertain"), resolve(ONE, "sent"),
         until("send_resolved"), send(ONE)),
        FIRST + "cut",
    ),
    Scenario(
        "a message in doubt that a person gives up",
        (*BEGUN, CUT, "send_resolved: give_up, person"),
        (send(ONE), until("device_disconnected"), until("send_uncertain"), resolve(ONE, "give_up")),
        FIRST + "lose",
    ),
    Scenario("a request that comes twice", (*SENT, "send_repeated"), (send(ONE), ACCEPTED, send(ONE))),
    Scenario(
        "an id that is used for something else",
        (*SENT, "request_refused: request_id_reused"),
        (send(ONE), ACCEPTED, send(ONE, text="something else")),
    ),
    Scenario(
        "a message that is taken back",
        ("device_parked: asked", "send_queued: parked", "send_cancelled: asked"),
        (PARK, send(ONE), cancel(ONE)),
    ),
    Scenario("a message that is sent is not taken back", (*SENT, "request_already_done: settled"),
             (send(ONE), ACCEPTED, cancel(ONE))),
    Scenario(
        "a campaign is taken back",
        ("device_parked: asked", "send_queued: parked", "send_queued: parked", "send_queued: parked",
         "campaign_cancelled: 2", "send_cancelled: campaign_cancelled", "send_cancelled: campaign_cancelled",
         "device_resumed: asked", *comes_up(), "send_attempted: 1", "send_accepted"),
        (PARK, send(campaign="spring"), send(), send(campaign="spring"),
         ask(SendCancellationRequested(campaign="spring")), until("send_cancelled", 2), RESUME),
    ),
    Scenario(
        "a message whose time runs out",
        ("device_parked: asked", "send_queued: parked", "send_expired"),
        (PARK, send(within_s=2)),
    ),
    Scenario(
        "messages leave one after the other",
        ("device_parked: asked", *("send_queued: parked",) * 6,
         "device_resumed: asked", *comes_up(), *("send_attempted: 1", "send_accepted") * 6),
        (PARK, *(SEND,) * 6, until("send_queued", 6), RESUME),
    ),
)  # fmt: skip
