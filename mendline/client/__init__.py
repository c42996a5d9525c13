"""The Python client of the HTTP API: `Mendline`, and `AsyncMendline` for asyncio. docs/api.md shows how it is used."""

from __future__ import annotations

from mendline.client.asynchronous import AsyncMendline
from mendline.client.call import OWN_WRITES, Tagged
from mendline.client.errors import (
    ChangedMeanwhileError,
    InvalidError,
    LiveEndedError,
    MendlineError,
    NotAllowedError,
    NotConfiguredError,
    NotDecidedError,
    NotFoundError,
    ProblemError,
    RefusedError,
    ServerError,
    TooManyError,
    UnavailableError,
    UnknownAnswerError,
    UnreachableError,
)
from mendline.client.line import Terms
from mendline.client.live import Live
from mendline.client.patience import Patience
from mendline.client.sends import Media, Send
from mendline.client.synchronous import Mendline

__all__ = [
    "OWN_WRITES",
    "AsyncMendline",
    "ChangedMeanwhileError",
    "InvalidError",
    "Live",
    "LiveEndedError",
    "Media",
    "Mendline",
    "MendlineError",
    "NotAllowedError",
    "NotConfiguredError",
    "NotDecidedError",
    "NotFoundError",
    "Patience",
    "ProblemError",
    "RefusedError",
    "Send",
    "ServerError",
    "Tagged",
    "Terms",
    "TooManyError",
    "UnavailableError",
    "UnknownAnswerError",
    "UnreachableError",
]
