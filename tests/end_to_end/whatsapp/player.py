"""What a scenario can do with its device: ask something, wait for events, play the phone, harm what is stored."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from mendline.whatsapp.phones import number_of
from mendline.whatsapp.stand_in import StandIn
from schemas.device.pairing import DeviceSignal
from schemas.envelope import encode_request
from schemas.message import Request
from schemas.partitioner import partition_of
from tests.end_to_end.whatsapp.words import in_words, repeats_a_question
from tests.faults.real.asking import PARTITIONS, Asker
from tests.faults.real.log import Seen
from tests.faults.real.waiting import until

PATIENCE_S = 100.0


@dataclass(slots=True)
class Surroundings:
    """What all devices share. told: by device, its events in words; shown: by device, what its phone has to read."""

    asker: Asker
    stand_in: StandIn
    database: str
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str, DeviceSignal] = field(default_factory=dict)

    def take(self, seen: Seen) -> None:
        """Note an event that counts."""
        type_, data = seen.event.type, seen.event.data
        if isinstance(data, Mapping) and not repeats_a_question(type_, data):
            self.told[seen.event.subject].append(in_words(type_, data))


class Player:
    """One device's side of a scenario. to: whom it writes to, and nobody else does."""

    def __init__(self, around: Surroundings, device: str, place: int) -> None:
        self.device = device
        self.to = f"1556{place:07d}"
        self.number = number_of(device)
        self.stand_in = around.stand_in
        self._around = around
        self._asked = 0

    @property
    def jid(self) -> str:
        """The session that its first pairing made."""
        return f"{self.number}:20@s.whatsapp.net"

    @property
    def told(self) -> list[str]:
        """The device's events up to now."""
        return self._around.told[self.device]

    async def ask(self, request: Request, name: str = "") -> None:
        """Publish a request; its id is the device's and `name`."""
        self._asked += 1
        id_ = self.id_of(name or str(self._asked))
        value = encode_request(id_, request.type, self.device, "tests", request, time=datetime.now(UTC))
        key = self.device.encode()
        await self._around.asker.put(value, key, partition_of(key, PARTITIONS))

    def id_of(self, name: str) -> str:
        """The id of the request that was given that name."""
        return f"{self.device}:{name}"

    async def until(self, words: str, count: int = 1, device: str = "") -> None:
        """Wait until so many events begin with these words."""
        told = self._around.told[device or self.device]

        def happened() -> bool:
            return sum(event.startswith(words) for event in told) >= count

        await until(happened, PATIENCE_S, f"{self.device}: no {words}")

    async def signal(self, kind: str) -> str:
        """What the phone has to read, once it is shown; each is given once, since a later pairing shows another."""
        shown = self._around.shown

        def is_there() -> bool:
            return self.device in shown and shown[self.device].kind == kind

        await until(is_there, PATIENCE_S, f"{self.device}: no {kind}")
        return shown.pop(self.device).text

    async def rules(self, script: str) -> None:
        """Have the stand-in play these rules from now on."""
        if script:
            await self.stand_in.order("script", script.format(device=self.device, to=self.to))

    async def write(self, statement: str) -> None:
        """Change the tables of WhatsApp's sessions behind the host's back; %s is the pattern of our JID."""
        await asyncio.to_thread(self._write, statement)

    def _write(self, statement: str) -> None:
        with psycopg.connect(self._around.database) as connection:
            connection.execute(statement.encode(), [f"{self.number}:%"] if "%s" in statement else None)
