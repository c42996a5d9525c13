"""A request from the log, as the deciders of keyed streams (clients, values, API keys) are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.envelope import NO_CONTEXT, Context
from schemas.message import RefusalReason, Request, RequestAlreadyDone, RequestRefused

R = TypeVar("R", bound=Request, covariant=True)


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A request: its offset, its `request_id`, what it asks, and of which key."""

    offset: int
    id: str
    request: R
    context: Context = NO_CONTEXT
    key: str = ""

    def refused(self, reason: RefusalReason, detail: str) -> RequestRefused:
        """The fate of a request that will not be done; `detail` says what is wrong and what to do."""
        return RequestRefused(reason=reason, detail=detail, request_type=self.request.type, request_id=self.id[:500])

    def already_done(self, reason: str) -> RequestAlreadyDone:
        """The fate of a request whose aim holds; `reason` says what held."""
        return RequestAlreadyDone(reason=reason, request_type=self.request.type, request_id=self.id[:500])
