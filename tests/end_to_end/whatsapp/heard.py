"""What WhatsApp says by itself: replies, what people write first, and how far messages got."""

from __future__ import annotations

from tests.end_to_end.whatsapp.scenario import Scenario, comes_up, connects
from tests.end_to_end.whatsapp.steps import ACCEPTED, SEND, send, tell, until, write

GROUP = "120363000000000001"
SENT = ("send_queued: refreshing", *comes_up(), "send_attempted: 1", "send_accepted")
HEARD = ("delivery_recorded: delivered", "delivery_recorded: read")
FIRST = "device {device} message 1: "


def written(title: str, words: str, media: str = "", group: str = "") -> Scenario:
    """Somebody writes while the link is up."""
    return Scenario(title, (*SENT, words), (SEND, ACCEPTED, write("good morning", media, group)))


SCENARIOS = (
    written("somebody writes", "message_received"),
    written("an image", "message_received: image", "image"),
    written("a document", "message_received: document", "document"),
    written("a voice", "message_received: audio", "audio"),
    written("a message to a group", "message_received", group=GROUP),
    Scenario("a reply", (*SENT, "message_received"), (SEND,), FIRST + "reply text=STOP after=300"),
    Scenario("a conversation", (*SENT, "message_received", "send_attempted: 1", "send_accepted", "message_received"),
             (SEND, until("message_received"), SEND), "device {device} message: reply text=yes after=300"),
    Scenario("how far a message got", (*SENT, *HEARD), (SEND,), FIRST + "receipts after=300"),
    Scenario("how far a message to a group got", (*SENT, *HEARD), (send(to=f"{GROUP}@g.us"),),
             FIRST + "receipts after=300"),
    Scenario("how far a message in doubt got", (*SENT[:-1], *HEARD, "send_uncertain: no_ack"),
             (SEND, until("send_uncertain")), FIRST + "no-ack + receipts after=300"),
    Scenario(
        "what is written while the link is down comes with the next one",
        (*SENT, "device_disconnected: dropped, cut", "send_queued: refreshing",
         *connects("session_found", "dialled"),
         ("refresh_advanced: logged_in", "refresh_succeeded", "device_connected: refreshed", "send_attempted: 1",
          "send_accepted", "message_received")),
        (SEND, ACCEPTED, tell("cut"), until("device_disconnected"), write("good morning"), SEND),
    ),
)  # fmt: skip
