"""Requests that owners of one stream put to owners of another."""

from __future__ import annotations

from typing import NamedTuple

from schemas.envelope import NO_CONTEXT, Context
from schemas.message import Request
from schemas.topics import Stream


class Home(NamedTuple):
    """Where an owner's events lie: the events topic, without an installation's prefix, and the partition."""

    topic: str
    partition: int


class Publish(NamedTuple):
    """Put `request` to `key` of `stream`, at least once; the same id again asks nothing new."""

    stream: Stream
    key: str
    id: str
    request: Request
    context: Context = NO_CONTEXT
