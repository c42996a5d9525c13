"""What may be asked of the owner of a value. Written by owners only; each may come late, and more than once."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from schemas.marks import Id
from schemas.message import Request, message
from schemas.uniqueness.questions import Question

Asker = Annotated[Id, Field(description="who asks: the key that the answer goes to")]
AskedQuestion = Annotated[Question, Field(description="the asker's open question")]


@message
class ClaimRequested(Request):
    """Hold the value for `asker`, by this question, unless another holds it."""

    type: ClassVar[str] = "claim_requested"
    question: AskedQuestion
    asker: Asker


@message
class ReleaseRequested(Request):
    """End what this question holds, and let no late copy of its claim hold the value again."""

    type: ClassVar[str] = "release_requested"
    question: AskedQuestion
    asker: Asker


ValueRequest = ClaimRequested | ReleaseRequested
