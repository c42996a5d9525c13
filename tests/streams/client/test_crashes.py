"""A crash between any two steps of what clients and values ask of each other ends well (design §6)."""

from __future__ import annotations

import pytest

from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.message import Request
from schemas.topics import CLIENT, UNIQUENESS, Stream
from tests.streams.client.crashing import Pair
from tests.streams.client.spec import ANA, BUDI

CITA = "cita@shop.example"
Asked = tuple[str, Request, str]
"""Of which client, what, and what it comes to where nothing else is under way."""
STORY: tuple[Asked, ...] = (
    ("ana", ClientCreationRequested(email=ANA), "client_created"),
    ("budi", ClientCreationRequested(email=ANA), "client_creation_rejected"),
    ("budi", ClientCreationRequested(email=BUDI), "client_created"),
    ("ana", ClientChangeRequested(email=BUDI), "client_change_rejected"),
    ("ana", ClientChangeRequested(email=CITA), "client_changed"),
    ("budi", ClientChangeRequested(email=ANA), "client_changed"),
    ("ana", ClientRemovalRequested(), "client_removed"),
    ("cita", ClientCreationRequested(email=CITA), "client_created"),
)
"""Emails go from hand to hand."""
ENDS = frozenset(end for _, _, end in STORY)
BY_TURNS = tuple((asked,) for asked in STORY)
AT_ONCE = (STORY,)


def played(story: tuple[tuple[Asked, ...], ...], kill: tuple[Stream, int] | None = None) -> Pair:
    """kill: whose owner dies, and before which step."""
    pair = Pair(kill)
    for together in story:
        pair.ask(*((client_id, request) for client_id, request, _ in together))
    pair.check_end()
    return pair


@pytest.mark.parametrize("stream", [CLIENT, UNIQUENESS], ids=["clients", "values"])
def test_what_was_asked_comes_to_the_same_whichever_step_an_owner_dies_before(stream: Stream) -> None:
    for step in range(played(BY_TURNS).steps):
        events = played(BY_TURNS, (stream, step)).sides[CLIENT].happened()
        ends = [(event.subject, event.type) for event in events if event.type in ENDS]
        assert ends == [(client_id, end) for client_id, _, end in STORY], f"step {step}"


@pytest.mark.parametrize("stream", [CLIENT, UNIQUENESS], ids=["clients", "values"])
def test_no_email_belongs_to_two_whichever_step_of_many_at_once_an_owner_dies_before(stream: Stream) -> None:
    for step in range(played(AT_ONCE).steps):
        played(AT_ONCE, (stream, step))
