"""What commands that ask for something share: publish it, wait if told to, say what became of it."""

from __future__ import annotations

import asyncio
import getpass
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
import typer

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, print_facts, say, shown
from mendline.following import Told, follow
from mendline.producer import Asked, Producer
from mendline.running import kafka_address
from mendline.settings import Settings
from schemas.device.lifecycle import DeviceRemoved
from schemas.device.links import RefreshFailed
from schemas.device.sends import SendCancelled, SendExpired, SendRejected, SendResolved, SendUncertain
from schemas.envelope import Context
from schemas.message import Event, PartitionClaimed, PartitionReleased, Request, RequestRefused
from schemas.topics import Topics

SOURCE = "mendline-command-line"
FAILURES = (SendRejected, SendExpired, SendCancelled, SendUncertain, RefreshFailed, RequestRefused)
UNTOLD = {"request", "request_id", "send", "claim"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: how long to wait for an end (None: not at all), under which id, and how to answer."""

    timeout_s: float | None
    output: Format
    request_id: str | None = None
    reason: str | None = None


def ask(settings: Settings, device_id: str, request: Request, manner: Manner) -> None:
    """Publish a request and write what became of it; the exit code says whether it was done."""
    asked, told = asyncio.run(_asked_and_told(settings, device_id, request, manner))
    print_facts(_facts(asked, told, manner.output), manner.output)
    if code := _code([each.event for each in told]):
        raise typer.Exit(code)


async def _asked_and_told(
    settings: Settings, device_id: str, request: Request, manner: Manner
) -> tuple[Asked, list[Told]]:
    bootstrap, topics = kafka_address(settings), Topics(settings.topic_prefix)
    context = Context(actor=f"user:{getpass.getuser()}", reason=manner.reason)
    async with Producer(bootstrap, topics, source=SOURCE) as producer:
        asked = await producer.publish(device_id, request, request_id=manner.request_id, context=context)
    if manner.timeout_s is None:
        return asked, []
    return asked, await _followed(bootstrap, topics, asked, manner.timeout_s)


async def _followed(bootstrap: str, topics: Topics, asked: Asked, timeout_s: float) -> list[Told]:
    told = []
    async with aclosing(follow(bootstrap, topics, asked, timeout_s)) as events:
        async for each in events:
            say(f"{each.envelope.time}  {in_words(each.event)}")
            told.append(each)
    return told


def in_words(event: Event) -> str:
    """An event on one line: its type and what it says."""
    data = orjson.loads(orjson.dumps(event))
    said = [f"{name}={shown(value)}" for name, value in data.items() if name not in UNTOLD and value not in (None, "")]
    return " ".join([event.type, *said])


def _facts(asked: Asked, told: list[Told], output: Format) -> dict[str, Any]:
    topic, partition, offset = asked.position
    facts: dict[str, Any] = {"request_id": asked.request_id, "device_id": asked.device_id}
    if output is not Format.TABLE:
        events = [{"offset": t.offset, "time": t.envelope.time, "type": t.event.type, "data": t.event} for t in told]
        return facts | {"topic": topic, "partition": partition, "offset": offset, "events": events}
    ended = {"outcome": in_words(told[-1].event)} if told else {}
    return facts | {"position": f"{topic}/{partition}/{offset}"} | ended


def _code(events: list[Event]) -> ExitCode:
    match events:
        case [RequestRefused(reason="unknown_device" | "unknown_send")]:
            return ExitCode.NOT_FOUND
        case [*_, SendResolved(resolution="sent")]:
            return ExitCode.DONE
        case [_, *_, PartitionClaimed() | PartitionReleased()]:
            say("the device's partition changed hands, which ends an open refresh: ask again")
            return ExitCode.FAILED
        case [_, *_, DeviceRemoved() | SendResolved()]:
            return ExitCode.FAILED
        case [*_, last] if isinstance(last, FAILURES):
            return ExitCode.FAILED
    return ExitCode.DONE
