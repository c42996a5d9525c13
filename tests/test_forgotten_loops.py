"""Loops that Faust forgets are closed."""

from __future__ import annotations

from mode.threads import ServiceThread

from tests.forgotten_loops import closing_forgotten_loops


def test_the_loop_of_a_thread_that_never_started_is_closed() -> None:
    with closing_forgotten_loops():
        thread = ServiceThread()
    assert thread.thread_loop.is_closed()
