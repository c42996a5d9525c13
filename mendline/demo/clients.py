"""The demonstration's clients: each is created three times at once, and some want an email that another has."""

from __future__ import annotations

import json
from collections.abc import Iterator

TIMES = 3
TENTH = 10


def client_ids(count: int) -> list[str]:
    """The ids that are asked for."""
    return [f"client-{number:03}" for number in range(count)]


def creations(count: int, at: str) -> Iterator[str]:
    """Requests to create so many clients, a line of JSON each, for a producer that knows nothing of Mendline."""
    ids = client_ids(count)
    for time in range(TIMES):
        for number, client_id in enumerate(ids):
            # Every tenth asks for the email of the one before it.
            email = f"{ids[number - 1 if number % TENTH == TENTH - 1 else number]}@shop.example"
            event = {
                "specversion": "1.0",
                "id": f"{client_id}-{time}",
                "type": "client_creation_requested",
                "source": "demo",
                "subject": client_id,
                "time": at,
                "data": {"name": client_id.title(), "email": email},
            }
            yield json.dumps({"key": client_id, "event": event})
