"""Asking for sends: what is known of them already, what is appended, and what is answered of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from mendline.gateway.answers import place
from mendline.gateway.asking import Stage
from mendline.gateway.node import Node
from mendline.gateway.problems import ProblemError
from mendline.gateway.repeats import known_of, repeated
from mendline.gateway.sends import Batch, logged, told
from mendline.gateway.writing import Heard, Wish, decided, ended
from schemas.api.progress import SETTLED
from schemas.device.sends import SendAttempted, SendReconciling
from schemas.envelope import Context
from schemas.topics import DEVICE
from streams.gateway.hearing import Hearing

FATE_S = 1.0
"""How long the fate of a named send is waited for at least: it tells whether the send is a repeat."""


def attempted(hearing: Hearing) -> bool:
    """Whether the message may have left, or never will."""
    begun = (SendAttempted, SendReconciling)
    return hearing.story.ended or any(isinstance(told.event, begun) for told in hearing.told)


REACHED: dict[Stage, Callable[[Hearing], bool]] = {
    Stage.LOGGED: decided,
    Stage.ATTEMPTED: attempted,
    Stage.SETTLED: ended,
}


async def send_all(node: Node, batch: Batch, context: Context, stage: Stage, timeout_s: float) -> list[dict[str, Any]]:
    """What became of each send of a batch, in its order; raises ProblemError and LogError."""
    if stage is Stage.LOGGED and not batch.named:
        positions = await node.writer.log(DEVICE, batch.wishes, context)
        return [logged(wish, position) for wish, position in zip(batch.wishes, positions, strict=True)]
    again = await _settled_before(node, batch.wishes) if batch.named else {}
    new = [wish for n, wish in enumerate(batch.wishes) if n not in again]
    wait_s = FATE_S if stage is Stage.LOGGED else timeout_s
    until = asyncio.get_running_loop().time() + wait_s
    heard = await node.writer.ask_all(DEVICE, new, context, REACHED[stage], wait_s) if new else []
    documents = iter(await _told(node, heard, until))
    return [_again(batch, wish, again[n]) if n in again else next(documents) for n, wish in enumerate(batch.wishes)]


async def _settled_before(node: Node, wishes: Sequence[Wish]) -> dict[int, dict[str, Any]]:
    """Those that are over already, by their place; of what is not, its device's owner knows more than a table."""
    known = await known_of(node.reader, wishes)
    found = {n: known[_name(wish)] for n, wish in enumerate(wishes) if _name(wish) in known}
    return {n: document for n, document in found.items() if document["state"] in SETTLED}


async def _told(node: Node, heard: Sequence[Heard], until: float) -> list[dict[str, Any]]:
    """What was heard of each; of a repeat what became of the first one, if that can be read before `until`."""
    left_s = max(0.0, until - asyncio.get_running_loop().time())
    documents = [told(each) for each in heard]
    repeats = [n for n, document in enumerate(documents) if document["state"] == "repeated"]
    level = await asyncio.gather(*(node.reader.level_with(documents[n]["position"], left_s) for n in repeats))
    if not all(level) or not repeats:
        return documents
    known = await known_of(node.reader, [heard[n].wish for n in repeats])
    for n in repeats:
        if (found := known.get(_name(heard[n].wish))) is not None:
            documents[n] = repeated(heard[n].wish, found) | {"position": documents[n]["position"]}
    return documents


def _again(batch: Batch, wish: Wish, found: dict[str, Any]) -> dict[str, Any]:
    """A repeat; in an array one that is none does not spoil the others."""
    try:
        return repeated(wish, found)
    except ProblemError as problem:
        if batch.single:
            raise
        named = {name: found[name] for name in ("request_id", "device_id", "request")}
        return named | {"state": "refused", "reason": problem.code, "detail": problem.detail}


def _name(wish: Wish) -> tuple[str, str]:
    return wish.key, wish.request_id


def where_to_ask(document: dict[str, Any]) -> str:
    """The address of a send."""
    return f"{place('sends', document['request_id'])}?device_id={quote(document['device_id'], safe='')}"
