"""Fetched requests on their way to a partition's owner: cut small, and no more of them than it can take."""

from __future__ import annotations

from collections import deque

from streams.log.ports import Intake, RequestBatch
from streams.worker.terms import Terms


class RequestFlow:
    """The requests of one partition that were fetched and are not decided; pauses the fetching while that is enough."""

    def __init__(self, partition: int, intake: Intake, terms: Terms) -> None:
        self._partition = partition
        self._intake = intake
        self._terms = terms
        self._batches: deque[RequestBatch] = deque()
        self._paused = False

    def __bool__(self) -> bool:
        return bool(self._batches)

    def begin(self, offset: int) -> None:
        """Let requests come from `offset` on."""
        self._batches.clear()
        self._intake.seek(self._partition, offset)
        self._paused = False
        self._intake.resume([self._partition])

    def stop(self) -> None:
        """Let none come, and forget those that did."""
        self.pause()
        self._batches.clear()

    def pause(self) -> None:
        """Let no more come."""
        self._intake.pause([self._partition])

    def put(self, batch: RequestBatch) -> None:
        """Keep a fetched batch for its turns."""
        self._batches.extend(batch.cut(self._terms.requests_a_turn))

    def take(self) -> RequestBatch:
        """The next requests to be decided."""
        return self._batches.popleft()

    def throttle(self, backlog: int) -> None:
        """Fetch no more while so many decisions wait to be appended, or requests to be decided."""
        full = backlog >= self._terms.pause_at or bool(self._batches)
        if full and not self._paused:
            self._paused = True
            self.pause()
        elif self._paused and not self._batches and backlog <= self._terms.resume_at:
            self._paused = False
            self._intake.resume([self._partition])
