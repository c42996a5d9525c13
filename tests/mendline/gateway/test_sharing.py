"""Who asks for the same at the same time shares one read."""

from __future__ import annotations

import asyncio

import pytest

from mendline.gateway.sharing import Sharing


class Table:
    """Counts its reads, which end when they are let."""

    def __init__(self) -> None:
        self.reads = 0
        self.answer = asyncio.get_running_loop().create_future()

    async def read(self) -> object:
        self.reads += 1
        return await self.answer


async def test_many_who_ask_for_the_same_read_once_and_get_the_same() -> None:
    sharing, table = Sharing(), Table()
    asking = [asyncio.ensure_future(sharing.read("ana", table.read)) for _ in range(5)]
    await asyncio.sleep(0)
    table.answer.set_result("Ana")
    assert await asyncio.gather(*asking) == ["Ana"] * 5
    assert table.reads == 1


async def test_who_asks_later_reads_anew() -> None:
    sharing, table = Sharing(), Table()
    table.answer.set_result("Ana")
    assert [await sharing.read("ana", table.read) for _ in range(2)] == ["Ana", "Ana"]
    assert table.reads == 2


async def test_the_first_who_asked_may_go_away() -> None:
    sharing, table = Sharing(), Table()
    first, second = (asyncio.ensure_future(sharing.read("ana", table.read)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    table.answer.set_result("Ana")
    assert await second == "Ana"


async def test_what_went_wrong_is_told_to_all() -> None:
    sharing, table = Sharing(), Table()
    asking = [asyncio.ensure_future(sharing.read("ana", table.read)) for _ in range(2)]
    await asyncio.sleep(0)
    table.answer.set_exception(OSError("away"))
    for each in asking:
        with pytest.raises(OSError, match="away"):
            await each
