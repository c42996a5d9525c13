"""Answers read: documents as their models have them, problems as errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mendline.client.call import Answered, Tagged
from mendline.client.errors import NotDecidedError, ProblemError, UnknownAnswerError, class_of
from schemas.api.clients import ClientAnswer, ClientDocument
from schemas.api.outcomes import AcceptedDocument, OutcomeDocument
from schemas.api.problems import ProblemDocument

M = TypeVar("M", bound=BaseModel)
SHOWN = 200


def read_as(model: type[M]) -> Callable[[Answered], M]:
    """Reads a document; fields that a newer server added are extra ones."""

    def read(answered: Answered) -> M:
        try:
            return model.model_validate_json(answered.body, extra="allow")
        except ValidationError as error:
            raise UnknownAnswerError(
                f"this is no {model.__name__} as this client knows it ({error.error_count()} differences): is the "
                "address Mendline's, and the client as new as the server?"
            ) from error

    return read


def tagged(read: Callable[[Answered], M]) -> Callable[[Answered], Tagged[M]]:
    """Reads a document with its ETag."""
    return lambda answered: Tagged(read(answered), answered.headers["etag"])


def decided(answered: Answered) -> OutcomeDocument:
    """What was decided; raises NotDecidedError."""
    _check_decided(answered)
    return read_as(OutcomeDocument)(answered)


def shown_client(answered: Answered) -> ClientDocument:
    """A client as it is now; raises NotDecidedError."""
    _check_decided(answered)
    return read_as(ClientAnswer)(answered).client


def _check_decided(answered: Answered) -> None:
    if answered.status == 202:
        raise NotDecidedError(read_as(AcceptedDocument)(answered))


def problem_of(answered: Answered) -> ProblemError:
    """The error that an answer tells; also of what is no problem of Mendline's, as a proxy may answer."""
    try:
        document = ProblemDocument.model_validate_json(answered.body)
    except ValidationError:
        text = answered.body[:SHOWN].decode("utf-8", "replace")
        return class_of(answered.status)(answered.status, "unknown", f"HTTP {answered.status} said {text!r}")
    more = {**(document.model_extra or {})}
    return class_of(document.status)(document.status, document.code, document.detail, document.errors or (), more)


def written(body: object) -> bytes:
    """A body as JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
