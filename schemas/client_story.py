"""What a partition's events tell of one request to a client: its fate, and how what it began or joined ended."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.client.events import (
    ClientChanged,
    ClientChangeRejected,
    ClientChangeStarted,
    ClientCreated,
    ClientCreationJoined,
    ClientCreationRejected,
    ClientCreationStarted,
    ClientRemovalStarted,
    ClientRemoved,
)
from schemas.envelope import EventEnvelope
from schemas.message import Event

BEGUN = (ClientCreationStarted, ClientCreationJoined, ClientChangeStarted, ClientRemovalStarted)
ENDS = (ClientCreated, ClientCreationRejected, ClientChanged, ClientChangeRejected, ClientRemoved)


@dataclass(slots=True)
class ClientStory:
    """`began`: the request whose outcome this one shares; its own, unless it joined another."""

    client_id: str
    request: int
    decided: bool = False
    ended: bool = False
    began: int | None = None

    def tells(self, envelope: EventEnvelope, event: Event) -> bool:
        """Whether the event that comes next in the log belongs to the story."""
        if envelope.decides == self.request:
            self.decided = True
            self.began = event.request if isinstance(event, BEGUN) else None
            self.ended = self.began is None
            return True
        if self.began is None or self.ended or envelope.subject != self.client_id:
            return False
        self.ended = isinstance(event, ENDS) and event.request == self.began
        return self.ended
