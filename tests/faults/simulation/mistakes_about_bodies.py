"""Mistakes in reading bodies of waiting sends again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from schemas.device.body import Body
from streams.device.facts import Entry
from streams.ownership.owner import Owner
from streams.ownership.stock import Stock
from streams.ownership.waiting import Waiting
from streams.worker.rereading import Rereading
from tests.faults.simulation.planting import Mistakes, Patch, nothing


def _another_sends_body() -> Patch:
    bodies: list[Body] = []

    def deliver_last(self: Waiting, entry: Entry) -> None:
        bodies.append(entry.send.body)
        deliver(self, entry._replace(send=replace(entry.send, body=bodies[-2:][0])))

    deliver = Waiting.deliver
    return Waiting, "deliver", deliver_last


def _given_up_after_a_failure() -> Patch:
    async def sweep(self: Rereading, owner: Owner, offsets: Sequence[int]) -> None:
        records = await self._fetch(offsets)
        found = {record.offset for record in records}
        for offset in offsets:
            if offset not in found:
                owner._unread.found(offset)
        self._took(owner, records)

    return Rereading, "_sweep", sweep


MISTAKES_ABOUT_BODIES: Mistakes = MappingProxyType(
    {
        "an attempt is given another send's body": _another_sends_body,
        "a body that could not be read is never asked for again": _given_up_after_a_failure,
        "bodies of open sends are not read before the work begins": lambda: (Rereading, "read_open", _not_read),
        "memory of bodies is not given back": lambda: (Stock, "let_go", nothing),
    }
)
"""Each by what it does wrong."""


async def _not_read(self: Rereading, owner: Owner) -> None:
    """Reads nothing."""
