"""One HTTP exchange with a platform: what it answered, or whether any of the message can have left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from streams.drivers.pool import ClientPool

MOST_BYTES = 256 * 1024
"""Of an answer; what is longer is none of a platform's."""
POOL_S = 1.0
CONNECT_S = 3.0
BODY_BEGUN = "http11.send_request_body.started"
"""httpcore's name of the moment from which on somebody may read what is asked: before it stand only headers."""


class NotWrittenError(Exception):
    """Nothing of the request's body was written: nobody can act on it."""


class UnansweredError(Exception):
    """The request, or some of it, was written, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far exchanges may go: connections of all devices together, and seconds to wait for an answer."""

    connections: int = 200
    answer_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a form makes it a POST."""

    url: str
    authorization: str
    form: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes
    retry_after: str | None = None


class Exchange:
    """Asks over connections that all devices share; no redirect is followed, and nothing is asked twice."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._pool: ClientPool | None = None

    def open(self) -> None:
        """Make the pool; connections are made when something is asked."""
        times = httpx.Timeout(self._reach.answer_s, connect=CONNECT_S)
        self._pool = ClientPool(self._reach.connections, POOL_S, times)

    async def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def ask(self, question: Question) -> Answer:
        """Ask once; raises NotWrittenError or UnansweredError, and nothing else."""
        pool, begun = self._pool, Begun()
        if pool is None:
            raise NotWrittenError("closed")
        try:
            async with pool.client(urlsplit(question.url).netloc) as client:
                async with asyncio.timeout(CONNECT_S + self._reach.answer_s):
                    return await _answered(client, _request(client, question, begun))
        except Exception as error:  # whatever it is: what counts is how far it came
            kind = UnansweredError if begun.yes else NotWrittenError
            raise kind(_in_words(error)) from error


class Begun:
    """Whether a request's body has begun to be written."""

    yes = False

    async def trace(self, name: str, _: Mapping[str, Any]) -> None:
        """Hear from httpcore how far it is."""
        if name == BODY_BEGUN:
            self.yes = True


def _request(client: httpx.AsyncClient, question: Question, begun: Begun) -> httpx.Request:
    return client.build_request(
        "GET" if question.form is None else "POST",
        question.url,
        data=question.form,
        params=question.query,
        # Not compressed: a small answer could unfold to any size.
        headers={"Authorization": question.authorization, "Accept-Encoding": "identity"},
        extensions={"trace": begun.trace},
    )


async def _answered(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise httpx.DecodingError(f"more than {MOST_BYTES} bytes")
    finally:
        await response.aclose()
    return Answer(response.status_code, bytes(body), response.headers.get("retry-after"))


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
