"""Waiting for what is away: capped exponential back-off with full jitter, announced once."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress

import psycopg
from aiokafka.errors import KafkaError, KafkaTimeoutError

from projections.source import KafkaSilentError

log = logging.getLogger(__name__)

FIRST_S = 0.1
LONGEST_S = 5.0


class Patience:
    """Waits between tries, and says once that something is away and once that it is back."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._tries = 0

    async def wait(self, error: Exception, stop: asyncio.Event) -> None:
        """Wait before the next try, or until `stop`."""
        if self._tries == 0:
            log.warning("%s waits, and will go on where it was: %s", self._what, in_words(error))
        ceiling = min(LONGEST_S, FIRST_S * 2 ** min(self._tries, 16))
        self._tries += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(FIRST_S / 2, ceiling)):
                await stop.wait()

    def succeeded(self) -> None:
        """Everything is there."""
        if self._tries:
            log.warning("%s goes on after %d tries", self._what, self._tries)
        self._tries = 0


def is_away(error: Exception) -> bool:
    """Whether an error means that Kafka or PostgreSQL cannot be reached for now."""
    if isinstance(error, KafkaError):
        return bool(error.retriable) or isinstance(error, KafkaTimeoutError)
    return isinstance(error, KafkaSilentError | psycopg.OperationalError | psycopg.InterfaceError | OSError)


def in_words(error: Exception) -> str:
    """What is away, and what it said."""
    name = "Kafka" if isinstance(error, KafkaError | KafkaSilentError) else "PostgreSQL"
    return f"{name} is away ({type(error).__name__}: {str(error).strip() or 'no more is known'})"
