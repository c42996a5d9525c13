"""What was asked for and what became of it, as commands that ask for something answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.fates import code_of_fate, in_words
from mendline.command_line.naming import Named
from mendline.command_line.output import Format, Shape, print_facts, print_rows, say
from mendline.following import NoAnswerError, Told
from mendline.producer import Asked
from schemas.device.requests import SendCancellationRequested, SendRequested, SendResolutionRequested
from schemas.message import Request

FIELDS = ("request_id", "device_id", "send", "topic", "partition", "offset", "outcome", "events")
BY_DEVICE, BY_SEND = "{device_id}", "{send}"


class Wish(NamedTuple):
    """A request, and the device that it is for."""

    device_id: str
    request: Request


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: how long to wait for an end (None: not at all), under which id, and how to answer.

    many: answer with rows, however many there are. id: what `-o ids` writes of each. dry: only show the requests.
    """

    timeout_s: float | None
    output: Format
    request_id: str | None = None
    reason: str | None = None
    many: bool = False
    id: str = BY_DEVICE
    dry: bool = False

    def of(self, wanted: Named) -> Manner:
        """The same, of so many."""
        return replace(self, many=wanted.many)


class Answer(NamedTuple):
    """What became of a wish so far; unanswered: it was waited for in vain."""

    wish: Wish
    asked: Asked
    told: Sequence[Told] = ()
    unanswered: NoAnswerError | None = None

    @property
    def code(self) -> ExitCode:
        """How asking for it alone would have ended."""
        if self.unanswered:
            return ExitCode.UNANSWERED
        return code_of_fate(self.wish.request, [each.event for each in self.told])


def write(answers: Sequence[Answer], manner: Manner) -> None:
    """Write what became of each."""
    rows = map(_row_for_people if manner.output is Format.TABLE else _row, answers)
    if manner.many:
        columns = ("device_id", *(["send"] if manner.id == BY_SEND else []), "position", "outcome")
        print_rows(rows, Shape(columns, manner.id, FIELDS), manner.output)
    else:
        print_facts(next(rows), manner.output, manner.id)


def _row(answer: Answer) -> dict[str, Any]:
    topic, partition, offset = answer.asked.position
    return {
        "request_id": answer.asked.request_id,
        "device_id": answer.asked.device_id,
        "send": _send(answer.wish, answer.asked.request_id),
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "outcome": answer.told[-1].event.type if answer.told else None,
        "events": [
            {"offset": t.offset, "time": t.envelope.time, "type": t.event.type, "data": t.event} for t in answer.told
        ],
    }


def _row_for_people(answer: Answer) -> dict[str, Any]:
    return {
        "request_id": answer.asked.request_id,
        "device_id": answer.asked.device_id,
        "send": _send(answer.wish, answer.asked.request_id),
        "position": "/".join(map(str, answer.asked.position)),
        "outcome": in_words(answer.told[-1].event) if answer.told else None,
    }


def _send(wish: Wish, request_id: str | None) -> str | None:
    """The id of the send that a wish is about."""
    match wish.request:
        case SendRequested():
            return request_id
        case SendCancellationRequested() | SendResolutionRequested():
            return wish.request.request_id
    return None


def show(wishes: Sequence[Wish], manner: Manner) -> None:
    """Write what would be asked for."""
    rows = list(_wished(wishes, manner.request_id))
    id_ = manner.id if all(row["send"] for row in rows) else BY_DEVICE
    if manner.many:
        print_rows(rows, Shape(("device_id", "send", "type", "data"), id_), manner.output)
    else:
        print_facts(rows[0], manner.output, id_)
    say("nothing was asked for: this is what would be")


def _wished(wishes: Sequence[Wish], request_id: str | None) -> Iterator[dict[str, Any]]:
    for wish in wishes:
        data = orjson.loads(orjson.dumps(wish.request))
        given = {name: value for name, value in data.items() if value is not None}
        yield {
            "device_id": wish.device_id,
            "send": _send(wish, request_id),
            "type": wish.request.type,
            "data": given,
        }
