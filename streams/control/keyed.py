"""The rules of API keys, as the owner of a partition of them uses these."""

from __future__ import annotations

from schemas.catalogue import CONTROL_CATALOGUE
from streams.control.decider import INITIAL, decide, evolve
from streams.control.state import Key
from streams.ownership.keyed_decider import KeyedDecider


def control_decider() -> KeyedDecider[Key]:
    """For keys of any partition."""
    return KeyedDecider(
        initial=INITIAL,
        requests=CONTROL_CATALOGUE.request_classes(),
        decide=lambda key, asked, at: decide(key, asked),
        evolve=lambda key, event, offset, context: evolve(key, event),
        questions=lambda key_id, key: (),
        answers=lambda event, context: (),
    )
