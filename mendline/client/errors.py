"""What can go wrong with a call: one class for each way to react."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.api.outcomes import AcceptedDocument
from schemas.api.problems import FaultDocument


class MendlineError(Exception):
    """A call was not answered as it was meant to be; the message says what to do."""


class NotConfiguredError(MendlineError):
    """A client knows at least one address, and a key."""


class UnreachableError(MendlineError):
    """Some node answers in time. `taken`: False where it is certain that nothing came of the call; None: unknown."""

    def __init__(self, message: str, taken: bool | None) -> None:
        super().__init__(message)
        self.taken = taken


class UnknownAnswerError(MendlineError):
    """What answers is Mendline, and no version that this client cannot read."""


class NotDecidedError(MendlineError):
    """What was asked for is decided in time. It is in the log, and goes on: `accepted` says where to look."""

    def __init__(self, accepted: AcceptedDocument) -> None:
        super().__init__(
            f"{accepted.request_id} is in the log, but was not decided in time: it goes on, ask at "
            f"{accepted.status_url} what became of it"
        )
        self.accepted = accepted


class LiveEndedError(MendlineError):
    """A live connection lasts, or comes back; `code` 42xx: it was ended for good, else every reconnect failed."""

    def __init__(self, code: int, reason: str) -> None:
        why = "for good" if code // 100 == 42 else "and did not come back: iterate again to try anew"
        super().__init__(f"the live connection ended {why} ({code}: {reason})")
        self.code = code
        self.reason = reason


class ProblemError(MendlineError):
    """The API says what is wrong: a stable `code`, `detail` for a person, and each thing that is wrong in `errors`."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[FaultDocument] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.more = more or {}


class InvalidError(ProblemError):
    """A request is as docs/api.md says: mend it, asking again does not help."""


class NotAllowedError(ProblemError):
    """The key is in force and has the right: take another key."""


class NotFoundError(ProblemError):
    """What is asked about is there."""


class RefusedError(ProblemError):
    """The state of things allows it: look, and decide anew."""


class ChangedMeanwhileError(ProblemError):
    """Nobody edited it since its ETag was read: read it again, and decide anew."""


class TooManyError(ProblemError):
    """A key asks no more often than it may, and a queue has room: ask more slowly."""


class UnavailableError(ProblemError):
    """The node, the log and the read models can be reached: ask again later."""


class ServerError(ProblemError):
    """Mendline has no bug: report it."""


BY_STATUS: Mapping[int, type[ProblemError]] = {
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    408: UnavailableError,
    409: RefusedError,
    412: ChangedMeanwhileError,
    429: TooManyError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def class_of(status: int) -> type[ProblemError]:
    """Which error a problem with this status is."""
    return BY_STATUS.get(status, ServerError if status >= 500 else InvalidError)
