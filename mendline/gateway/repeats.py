"""Sends that were asked for before: found among those of the last day, and told apart from another under their id."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg

from mendline.gateway.problems import ProblemError
from mendline.gateway.reading import Reader
from mendline.gateway.writing import Wish
from projections.api import sends as read
from projections.errors import ProjectionError
from schemas.device.requests import SendRequested

log = logging.getLogger(__name__)
Known = Mapping[tuple[str, str], dict[str, Any]]
REUSED = (
    "{} was used within the last day for another send on {}: give every send an id of its own, and repeat one with "
    "the same recipient, body, campaign and times"
)
SHOWN = ("request_id", "device_id", "request", "state", "position", "reason", "message_id", "provider_message_id")
MORE = ("until", "resolution")


async def known_of(reader: Reader, wishes: Sequence[Wish]) -> Known:
    """Those of the sends that were decided within the last day; none while nobody can say.

    A node goes on without its database: the device's owner knows the last 500 sends of each device by itself.
    """
    try:
        async with reader.opened(None) as connection:
            return await read.sends_named(connection, [(wish.key, wish.request_id) for wish in wishes])
    except (ProjectionError, psycopg.Error, OSError) as error:
        log.warning("repeats of long ago are not looked for: %s", type(error).__name__)
        return {}


def repeated(wish: Wish, found: dict[str, Any]) -> dict[str, Any]:
    """The answer that the first one gets now; raises ProblemError where the first one was another send."""
    if isinstance(wish.request, SendRequested) and not _same(wish.request, found):
        raise ProblemError("request_id_reused", REUSED.format(wish.request_id, wish.key))
    said = {name: found[name] for name in (*SHOWN, *MORE) if found[name] is not None}
    return said | {"attempt": found["attempts"], "repeated": True} if found["attempts"] else said | {"repeated": True}


def _same(asked: SendRequested, found: dict[str, Any]) -> bool:
    """Whether the content is the same; `expires_at` is the owner's where none was given."""
    plain = orjson.loads(orjson.dumps(asked))
    known = orjson.loads(orjson.dumps({name: found[name] for name in ("to", "body", "campaign")}))
    same_times = asked.not_before == found["not_before"] and asked.expires_at in (None, found["expires_at"])
    return same_times and all(_without_nulls(plain[name]) == _without_nulls(value) for name, value in known.items())


def _without_nulls(value: Any) -> Any:
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value
