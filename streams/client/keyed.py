"""The rules of clients, as the owner of one partition of them uses these."""

from __future__ import annotations

from schemas.catalogue import CLIENT_CATALOGUE
from schemas.topics import CLIENT
from streams.client.decider import INITIAL, decide, evolve, questions
from streams.client.state import Client
from streams.ownership.keyed_decider import KeyedDecider
from streams.ownership.publishing import Home
from streams.uniqueness.values import ValueOf


def client_decider(partition: int, value_of: ValueOf) -> KeyedDecider[Client]:
    """For clients of that partition."""
    home = Home(CLIENT.events, partition)
    return KeyedDecider(
        initial=INITIAL,
        requests=CLIENT_CATALOGUE.request_classes(),
        decide=lambda client, asked, at: decide(client, asked, home, value_of),
        evolve=evolve,
        questions=lambda client_id, client: questions(client_id, client, home),
        answers=lambda event, context: (),
    )
