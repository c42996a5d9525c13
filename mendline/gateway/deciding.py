"""One request by HTTP is one in the log, and its answer is what was decided there."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from mendline.gateway.asking import Manner, context_of
from mendline.gateway.fates import answered_by_fate
from mendline.gateway.node import node_of
from mendline.gateway.writing import Wish, decided
from schemas.control.rights import Caller
from schemas.message import Request as Asked
from schemas.topics import Stream


async def decide(
    request: Request, caller: Caller, asking: Manner, stream: Stream, asked: tuple[str, Asked], path: str
) -> Response:
    """Ask it of its key, and answer what came of it in the time given; raises ProblemError and LogError.

    asked: the key, and what is asked of it. path: where to ask later.
    """
    key, what = asked
    wish = Wish(key, what, asking.request_id)
    heard = await node_of(request).writer.ask(
        stream, wish, context_of(request, caller.actor), decided, asking.timeout_s
    )
    return answered_by_fate(heard, path)
