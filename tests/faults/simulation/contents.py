"""What drivers are given to send is what was asked for: recipient and body, also of bodies that were read again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from streams.ownership.reading import message_id_of

if TYPE_CHECKING:
    from tests.faults.simulation.doubts import Event
    from tests.faults.simulation.run import Run

INSTALLATION = "simulated"


def check_contents(run: Run, events: Iterable[Event]) -> list[str]:
    """Whether every attempt carried what its send's fate states; `events`: those that count."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for event in events:
        data = event.envelope.data
        if (send := data.get("send")) is not None:
            message_id = message_id_of(INSTALLATION, event.envelope.subject, data["request_id"])
            asked.setdefault(message_id, set()).add((send["to"], send["body"]["text"]))
    return [
        f"content: {given.device_id} was given {given.body.text!r} to {given.to}, which nobody asked for"
        for given in run.witness.given
        if (given.to, given.body.text) not in asked.get(given.message_id, ())
    ]
