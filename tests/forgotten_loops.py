"""Closes the event loops that Faust forgets, so that no later test is blamed for them.

Its consumer's `ServiceThread` (mode 0.4, threads.py 112) makes a loop for a thread that is never started where the
consumer is off, and nobody closes it. A worker's process ends and does not mind; a run of tests does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from mode.threads import ServiceThread


@contextmanager
def closing_forgotten_loops() -> Iterator[None]:
    """At its end, the loops of threads that were made meanwhile and never started are closed."""
    made: list[ServiceThread] = []
    make = ServiceThread.__init__

    def make_and_note(self: ServiceThread, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        made.append(self)

    with patch.object(ServiceThread, "__init__", make_and_note):
        yield
    for thread in made:
        if thread._thread is None:
            thread.thread_loop.close()
