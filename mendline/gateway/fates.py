"""The answer to what is over with its fate."""

from __future__ import annotations

from starlette.responses import Response

from mendline.gateway.answers import accepted, answer
from mendline.gateway.outcomes import outcome_of, raise_for_refusal
from mendline.gateway.writing import Heard


def answered_by_fate(heard: Heard, path: str, *, whole: bool = True) -> Response:
    """What was decided, in the log's words; 202 and where to ask where that is not known yet. Raises ProblemError.

    whole: whether nothing more is waited for.
    """
    if heard.hearing.told:
        raise_for_refusal(heard.hearing.told[0].event)
    if not whole or not heard.hearing.story.decided:
        return accepted(path, heard)
    return answer(outcome_of(heard), position=heard.at)
