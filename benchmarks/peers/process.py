"""A program under test, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from benchmarks.peers.catalogue import Program
from schemas.topics import Topics

END_S = 10.0
LAST_WORDS_BYTES = 2000


class SilentProgramError(Exception):
    """A program wrote nothing to its events topic."""


@asynccontextmanager
async def running(program: Program, brokers: str, topics: Topics, send_ms: float) -> AsyncIterator[None]:
    """Start the program, and afterwards ask it to end, or make it when it does not.

    What it says is kept back, and told when the block raises SilentProgramError.
    """
    with tempfile.TemporaryFile() as said:
        command = program.started(brokers, topics, send_ms)
        process = await asyncio.create_subprocess_exec(*command, stdout=said, stderr=said)
        try:
            yield
        except SilentProgramError as error:
            message = f"{program.title}: {error}; its last words: {_last_words(said)}"
            raise SilentProgramError(message) from error
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-LAST_WORDS_BYTES:].decode(errors="replace").strip() or "none"
