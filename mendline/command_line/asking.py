"""What commands that ask for something share: publish it, wait if told to, say what became of it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from datetime import datetime
from typing import Any

import orjson
import typer

from mendline.access import accessible_cluster
from mendline.command_line.answers import Answer, Manner, Wish, show, write
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.fates import in_words
from mendline.command_line.naming import Named
from mendline.command_line.output import say
from mendline.following import NoAnswerError, follow
from mendline.producer import Producer
from mendline.settings import Settings
from projections.timeline_line import local_time
from schemas.cluster import Cluster
from schemas.device.check import parse_request
from schemas.envelope import Context
from schemas.message import Request
from schemas.topics import Topics

Beside = Callable[[Cluster, Topics], AbstractAsyncContextManager[None]]
"""Begins something that goes on while answers are waited for."""
SOURCE = "mendline-command-line"
AT_ONCE = 16
"""So many requests are published, or followed, at a time: each that is followed has a connection of its own."""


def ask(settings: Settings, device_id: str, request: Request, manner: Manner) -> None:
    """Publish a request and write what became of it; the exit code says whether it was done."""
    ask_each(settings, [Wish(device_id, request)], manner)


def ask_each(settings: Settings, wishes: Sequence[Wish], manner: Manner, beside: Beside | None = None) -> None:
    """Publish requests, in order, and write what became of each; the exit code says whether all were done.

    beside: what goes on from before they are published until they are answered.
    """
    if manner.dry:
        show(wishes, manner)
        return
    answers = answers_of(settings, wishes, manner, beside)
    if not manner.many and (unanswered := answers[0].unanswered):
        raise unanswered
    write(answers, manner)
    failures = {answer.code for answer in answers} - {ExitCode.DONE}
    if failures:
        raise typer.Exit(failures.pop() if len(failures) == 1 else ExitCode.FAILED)


def ask_same(settings: Settings, wanted: Named, type_: str, data: dict[str, Any], manner: Manner) -> None:
    """Ask the same of every id."""
    request = checked(type_, data)
    ask_each(settings, [Wish(each, request) for each in wanted.ids], manner.of(wanted))


def checked(type_: str, data: dict[str, Any]) -> Request:
    """A request as the worker will check it: a mistake is told before it enters the log. Raises InvalidRequestError."""
    return parse_request(type_, orjson.loads(orjson.dumps(data)))


def answers_of(
    settings: Settings, wishes: Sequence[Wish], manner: Manner, beside: Beside | None = None
) -> list[Answer]:
    """Publish requests, in order, and wait for what becomes of each as long as the manner says."""
    return asyncio.run(_answers(settings, wishes, manner, beside)) if wishes else []


def by_user(reason: str | None = None) -> Context:
    """Who asks, as the log is told, and why."""
    return Context(actor=f"user:{getpass.getuser()}", reason=reason)


async def _answers(settings: Settings, wishes: Sequence[Wish], manner: Manner, beside: Beside | None) -> list[Answer]:
    cluster, topics = await accessible_cluster(settings), Topics(settings.topic_prefix)
    async with nullcontext() if beside is None else beside(cluster, topics):
        return await _asked(cluster, topics, wishes, manner)


async def _asked(cluster: Cluster, topics: Topics, wishes: Sequence[Wish], manner: Manner) -> list[Answer]:
    answers = await _published(cluster, topics, wishes, manner)
    if manner.timeout_s is None:
        return answers
    timeout_s, turn = manner.timeout_s, asyncio.Semaphore(AT_ONCE)

    async def followed(answer: Answer) -> Answer:
        async with turn:
            return await _followed(cluster, topics, answer, timeout_s, f"{answer.asked.device_id}  " * manner.many)

    return await asyncio.gather(*map(followed, answers))


async def _published(cluster: Cluster, topics: Topics, wishes: Sequence[Wish], manner: Manner) -> list[Answer]:
    context = by_user(manner.reason)
    answers: list[Answer] = []
    async with Producer(cluster, topics, source=SOURCE) as producer:
        for wish in wishes:
            asked = await producer.publish(*wish, request_id=manner.request_id, context=context, stream=manner.stream)
            answers.append(Answer(wish, asked))
    return answers


async def _followed(cluster: Cluster, topics: Topics, answer: Answer, timeout_s: float, whose: str) -> Answer:
    told = []
    try:
        async with aclosing(follow(cluster, topics, answer.asked, timeout_s)) as events:
            async for each in events:
                at = local_time(datetime.fromisoformat(each.envelope.time))
                say(f"{at}  {whose}{in_words(each.event)}")
                told.append(each)
    except NoAnswerError as error:
        if whose:
            say(str(error))
        return answer._replace(told=told, unanswered=error)
    return answer._replace(told=told)
