"""Generates docs/messages.md from the catalogue and the stored samples, and writes the other generated files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from mendline import asyncapi, settings_page
from mendline.gateway.application import application, described
from mendline.telemetry import page as metrics_page
from schemas.catalogue import CATALOGUES, OF_EVERY_STREAM, StreamCatalogue
from schemas.fields import FieldFacts, fields_of
from schemas.message import Event, Request

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "messages.md"
OPENAPI = ROOT / "docs" / "openapi.json"
SAMPLES = ROOT / "tests" / "schemas" / "samples"

_HEAD = """# Messages

Generated from `schemas/` and the samples in `tests/schemas/samples/` by `python -m mendline.documentation`: change
those and run it again.

Every record is a CloudEvent 1.0 in structured-mode JSON; requests may also come in binary mode (`ce_` headers).
Its key is its `subject`; both topics of a stream have the same number of partitions, and a record lies in the
partition that murmur2, Kafka's own partitioner, gives its key (librdkafka: `partitioner=murmur2_random`).

| Attribute | Requests | Events |
|---|---|---|
| `specversion` | `1.0` | `1.0` |
| `id` | the request's id, chosen by the producer: the same id again is sent once | `topic/partition/offset` |
| `type` | one of the requests below | one of the events below |
| `source` | the producer | `mendline` |
| `subject` | the key | the key; `(malformed)` where a request named none |
| `time` | the producer's clock; informative | when it was decided |
| `claim` | | under which claim of its partition it was written, 16 hex digits |
| `sequence` | | the offset its writer expected; the event counts only there, and under the current claim |
| `decides` | | the offset of the request whose fate it is; exactly one event per request has it |
| `cause` | | `request:OFFSET`, `event:OFFSET`, `due:NAME` or `driver:LINK` |
| `actor`, `reason`, `correlationid`, `traceparent` | optional, at most 500 characters | those of the request |
| `data` | the message | the message |
"""
_WRITERS = {
    "outcome_reported": "a worker that owns the partition no more",
    "delivery_reported": "the gateway, for a platform, and the worker whose driver heard of it",
    "message_reported": "the worker whose driver heard of it",
    "uniqueness_answered": "the owner of the asked value",
    "claim_requested": "the owner of the asker",
    "release_requested": "the owner of the asker",
    "connection_requested": "the connection's node",
    "connection_close_requested": "the connection's node, the owner of its user, and the gateway for a person",
    "group_join_requested": "the connection's node",
    "group_leave_requested": "the connection's node",
    "node_seen": "the node",
    "node_loss_requested": "owners of users that are connected there",
}


def page() -> str:
    """The whole page."""
    sections = (_stream_section(catalogue) for catalogue in CATALOGUES)
    shared = _group("Events of every stream", CATALOGUES[0], OF_EVERY_STREAM)
    return "\n".join([_HEAD, *sections, shared, _parts_section()])


def _first_with(model: type[Request | Event]) -> StreamCatalogue:
    """A message of several streams is shown with the first of them."""
    return next(c for c in CATALOGUES if model in c.requests or model in c.events)


def _stream_section(catalogue: StreamCatalogue) -> str:
    events = [event for event in catalogue.events if event not in OF_EVERY_STREAM]
    blocks = [
        _group(f"Requests in `{catalogue.stream.requests}`", catalogue, catalogue.requests),
        _group(f"Events in `{catalogue.stream.events}`", catalogue, events),
    ]
    return "\n".join(blocks)


def _parts_section() -> str:
    parts = _parts_of([model for catalogue in CATALOGUES for model in (*catalogue.requests, *catalogue.events)])
    sections = (f"### {part.__name__}\n\n{_meaning(part)}\n\n{_fields_table(part)}\n" for part in parts)
    return "\n".join(["## Parts of messages\n", *sections])


def _group(title: str, catalogue: StreamCatalogue, models: Iterable[type[Request | Event]]) -> str:
    shown = (model for model in models if _first_with(model) is catalogue)
    return "\n".join([f"## {title}\n", *(_message_section(catalogue, model) for model in shown)])


def _message_section(catalogue: StreamCatalogue, model: type[Request | Event]) -> str:
    sample = orjson.loads((SAMPLES / catalogue.stream.name / f"{model.type}.json").read_bytes())
    return (
        f"### `{model.type}`\n\n{_meaning(model)}\n\n{_whereabouts(model)}\n\n"
        f"{_fields_table(model)}\n\n```json\n{json.dumps(sample, indent=2, ensure_ascii=False)}\n```\n"
    )


def _whereabouts(model: type[Request | Event]) -> str:
    asked = issubclass(model, Request)
    writer = _WRITERS.get(model.type, "producers" if asked else "the partition's owner")
    if model in OF_EVERY_STREAM:
        return f"In every events topic, written by {writer}."
    streams = [c.stream for c in CATALOGUES if model in c.requests or model in c.events]
    topics = " or ".join(f"`{s.requests if asked else s.events}`, key `{s.key}`" for s in streams)
    return f"Topic {topics}, written by {writer}."


def _meaning(model: type) -> str:
    return " ".join((model.__doc__ or "").split())


def _fields_table(model: type) -> str:
    fields = fields_of(model)
    if not fields:
        return "No fields."
    head = "| Field | Type | Unit | Required | Meaning | Personal |\n|---|---|---|---|---|---|"
    return "\n".join([head, *map(_row, fields)])


def _row(field: FieldFacts) -> str:
    shown = ", ".join(filter(None, (field.type, field.limits))).replace("|", "\\|")
    required, personal = ("yes" if fact else "" for fact in (field.required, field.personal))
    return f"| `{field.name}` | {shown} | {_unit(field)} | {required} | {field.description} | {personal} |"


def _unit(field: FieldFacts) -> str:
    if field.name.endswith("_s"):
        return "seconds"
    if field.type.startswith("time"):
        return "UTC, RFC 3339"
    return "offset" if "offset" in field.description else ""


def _parts_of(models: Sequence[type]) -> list[type]:
    return list(dict.fromkeys(part for model in models for part in _nested(model)))


def _nested(model: type) -> Iterator[type]:
    for field in fields_of(model):
        for part in field.parts:
            yield part
            yield from _nested(part)


def openapi() -> str:
    """The description of the HTTP API."""
    return json.dumps(described(application(None)), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the generated pages anew."""
    metrics = (metrics_page.PAGE, metrics_page.page())
    described = ((OPENAPI, openapi()), (asyncapi.PAGE, asyncapi.asyncapi()))
    pages = ((PAGE, page()), (settings_page.PAGE, settings_page.page()), metrics, *described)
    for path, text in pages:
        path.write_text(text)
        sys.stderr.write(f"{path.relative_to(ROOT)} is written\n")


if __name__ == "__main__":
    main()
