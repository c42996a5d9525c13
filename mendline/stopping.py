"""How a process of ours is told to end: by Ctrl-C (SIGINT) or by SIGTERM."""

from __future__ import annotations

import asyncio
import signal


def end_on_sigterm() -> None:
    """Have SIGTERM end this process as Ctrl-C does, whatever it is at: nothing that was opened stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def stop_signal() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM from here on; those before it end what is being opened."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
