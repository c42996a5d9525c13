"""The rules of unique values, as the owner of a partition of them uses these."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.catalogue import UNIQUENESS_CATALOGUE
from schemas.envelope import Context
from schemas.uniqueness import UniquenessEvent
from streams.ownership.keyed_decider import KeyedDecider
from streams.ownership.publishing import Publish
from streams.uniqueness.decider import INITIAL, answer, decide, evolve
from streams.uniqueness.state import Value


def value_decider() -> KeyedDecider[Value]:
    """For values of any partition."""
    return KeyedDecider(
        initial=INITIAL,
        requests=UNIQUENESS_CATALOGUE.request_classes(),
        decide=lambda value, asked, at: decide(value, asked),
        evolve=lambda value, event, offset, context: evolve(value, event),
        questions=lambda value_id, value: (),
        answers=_answers,
    )


def _answers(event: UniquenessEvent, context: Context) -> Sequence[Publish]:
    told = answer(event, context)
    return () if told is None else (told,)
