"""A made-up node: it answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from mendline.client import Patience

Answer = httpx.Response | Exception
SEND = {"request_id": "r", "device_id": "d-1", "request": "device-requests/3/7", "state": "logged"}
OUTCOME = {"request_id": "r", "position": "device-events/3/9", "outcome": "device_parked", "events": []}


class MadeUpNode:
    """Gives these answers, one after the other, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.asked.append(request)
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self) -> Sequence[Any]:
        """What was sent to it."""
        return [json.loads(request.content) for request in self.asked]

    @property
    def hosts(self) -> Sequence[str]:
        """Under which names it was asked."""
        return [request.url.host for request in self.asked]

    @property
    def transport(self) -> httpx.MockTransport:
        """To reach it by."""
        return httpx.MockTransport(self)


def told(status: int, document: Any, **headers: str) -> httpx.Response:
    """An answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=document, headers=named)


def accepted(position: str = "device-requests/3/7") -> httpx.Response:
    """A send that is in the log."""
    return told(202, SEND, Mendline_Position=position)


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    """A problem."""
    document = {"type": f"urn:mendline:problem:{code}", "title": "t", "status": status, "code": code, "detail": "d"}
    return told(status, document, **headers)


def patience(for_s: float = 30.0, draws: Callable[[], float] = lambda: 0.0) -> Patience:
    """Draws the shortest pauses."""
    return Patience(for_s=for_s, draw=draws)


def seconds(step_s: float) -> Iterator[float]:
    """A clock that goes on by itself."""
    now = 0.0
    while True:
        yield now
        now += step_s
