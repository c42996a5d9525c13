"""What askers and owners of values say to each other: questions, answers, and that an answer was heard."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.marks import Offset, Text
from schemas.message import Event, Request, message

Verdict = Literal["claimed", "taken", "stale", "released"]
UniqueValue = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="HMAC-SHA256 of the normalised value, the uniqueness key")
]


@message
class Question:
    """The open question of a uniqueness claim: where the asker's event lies."""

    topic: Annotated[Text, Field(description="the asker's events topic, without an installation's prefix")]
    partition: Annotated[int, Field(ge=0, description="its partition")]
    offset: Annotated[Offset, Field(description="the asking event's offset")]


@message
class UniquenessAnswered(Request):
    """The owner of a value answers a question about it."""

    type: ClassVar[str] = "uniqueness_answered"
    question: Annotated[Question, Field(description="what is answered")]
    verdict: Annotated[Verdict, Field(description="the answer of the value's owner")]


@message
class ValueReleaseRecorded(Event):
    """The owner of a value confirmed that this asker's hold on it is over."""

    type: ClassVar[str] = "value_release_recorded"
    question: Annotated[Question, Field(description="the question whose hold is over")]
