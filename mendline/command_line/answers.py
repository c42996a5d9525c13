"""What was asked for and what became of it, as commands that ask for something answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.fates import code_of_fate, in_words
from mendline.command_line.naming import Named
from mendline.command_line.output import Format, Row, Shape, print_facts, print_rows, say
from mendline.following import NoAnswerError
from mendline.producer import Asked
from schemas.device.requests import SendCancellationRequested, SendRequested, SendResolutionRequested
from schemas.message import Request
from schemas.story import Told
from schemas.topics import DEVICE, Stream

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
    stream: whose requests these are.
    """

    timeout_s: float | None
    output: Format
    request_id: str | None = None
    reason: str | None = None
    many: bool = False
    id: str = BY_DEVICE
    dry: bool = False
    stream: Stream = DEVICE

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
    row = _row_for_people if manner.output is Format.TABLE else _row
    rows = (_named(row(answer), manner.stream) for answer in answers)
    if manner.many:
        columns = ("device_id", *(["send"] if manner.id == BY_SEND else []), "position", "outcome")
        named, fields = list(_named(columns, manner.stream)), list(_named(FIELDS, manner.stream))
        print_rows(rows, Shape(named, manner.id, fields), manner.output)
    else:
        print_facts(next(rows), manner.output, manner.id)


def _named(row: Row | Sequence[str], stream: Stream) -> dict[str, Any]:
    """A row by the names that its stream has for what is in it; of names alone, these."""
    values = row if isinstance(row, Mapping) else dict.fromkeys(row)
    if stream is DEVICE:
        return dict(values)
    return {stream.key if name == "device_id" else name: value for name, value in values.items() if name != "send"}


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
    id_ = manner.id if manner.stream is not DEVICE or all(row["send"] for row in rows) else BY_DEVICE
    shown = [_named(row, manner.stream) for row in rows]
    if manner.many:
        print_rows(shown, Shape(list(_named(("device_id", "send", "type", "data"), manner.stream)), id_), manner.output)
    else:
        print_facts(shown[0], manner.output, id_)
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
