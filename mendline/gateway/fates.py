"""The answer to what is over with its fate."""

from __future__ import annotations

from starlette.responses import Response

from mendline.gateway.answers import accepted, answer
from mendline.gateway.outcomes import outcome_of, refused_as
from mendline.gateway.writing import Heard
from schemas.message import RequestRefused


def answered_by_fate(heard: Heard, path: str, *, whole: bool = True) -> Response:
    """What was decided, in the log's words; 202 and where to ask where that is not known yet. Raises ProblemError.

    whole: whether nothing more is waited for.
    """
    told = heard.hearing.told
    if told and isinstance(refused := told[0].event, RequestRefused):
        raise refused_as(refused.reason, refused.detail, heard.at)
    if not whole or not heard.hearing.story.decided:
        return accepted(path, heard)
    return answer(outcome_of(heard), position=heard.at)
