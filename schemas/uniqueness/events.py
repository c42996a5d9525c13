"""What becomes of a value. Each of these events makes its owner send the asker one `uniqueness_answered`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.message import Event, message
from schemas.uniqueness.requests import AskedQuestion, Asker


@message
class ValueClaimed(Event):
    """The question holds the value from now on."""

    type: ClassVar[str] = "value_claimed"
    question: AskedQuestion
    asker: Asker


@message
class ClaimRepeated(Event):
    """The question holds the value already: it was asked again."""

    type: ClassVar[str] = "claim_repeated"
    question: AskedQuestion
    asker: Asker


@message
class ClaimRefused(Event):
    """The question does not hold the value."""

    type: ClassVar[str] = "claim_refused"
    question: AskedQuestion
    asker: Asker
    reason: Annotated[
        Literal["taken", "stale"], Field(description="another holds it, or the question was released before")
    ]


@message
class ValueReleased(Event):
    """The question holds the value no more, and never will again; another's hold stays."""

    type: ClassVar[str] = "value_released"
    question: AskedQuestion
    asker: Asker


@message
class ReleaseRepeated(Event):
    """The question was released before: it was asked again."""

    type: ClassVar[str] = "release_repeated"
    question: AskedQuestion
    asker: Asker


ValueEvent = ValueClaimed | ClaimRepeated | ClaimRefused | ValueReleased | ReleaseRepeated
