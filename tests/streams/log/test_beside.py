"""Work that goes on beside a context."""

from __future__ import annotations

import asyncio

import pytest

from streams.log.beside import beside


async def test_work_ends_with_its_context() -> None:
    went_on, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            went_on.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside(work()):
        await went_on.wait()
        assert not ended.is_set()
    assert ended.is_set()


async def test_work_ends_also_where_its_context_fails() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail_beside_it() -> None:
        async with beside(work()):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_beside_it()
    assert ended.is_set()
