"""The Intake port of one process: membership by heartbeats, and batches of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

from streams.log.holding import Holding
from streams.log.ports import FencedMemberError, Intake, LogError, NotMemberError, RequestBatch
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.coordinator import FENCED, Coordinator
from tests.faults.simulation.event_log import settle
from tests.faults.simulation.process import Process
from tests.faults.simulation.witness import Witness

HEARTBEAT_S = 1.5
COMMIT_TIMEOUT_S = 5.0
POLL_S = 1.0
AT_ONCE = 12


class SimulatedIntake(Intake):
    """A member of the group, for as long as it reaches the coordinator.

    cut_off: nothing gets through to the coordinator; commits_pass: except commits, which are refused in the end.
    views: what it has of other streams, under this membership.
    """

    def __init__(
        self, process: Process, brokers: Brokers, coordinator: Coordinator, witness: Witness | None = None
    ) -> None:
        self.views: list[SimulatedIntake] = []
        self._member = self
        self._witness = witness
        self.cut_off = False
        self.commits_pass = False
        self._process = process
        self._brokers = brokers
        self._coordinator = coordinator
        self._generation = -1
        self._holding = Holding()
        self._assigned: frozenset[int] = frozenset()
        self._settled = False
        self._fenced = False
        self._changed = asyncio.Event()
        self._positions: dict[int, int] = {}
        self._flowing: set[int] = set()
        self._waiting: asyncio.Future[bool] | None = None

    # membership

    async def keep_membership(self) -> None:
        """Join, and join anew whenever the coordinator asks for it, until cancelled."""
        word = "unknown"
        while word != "fenced":
            if word == "rejoin" or word == "unknown":
                for each in (self, *self.views):
                    each._settled = False
                await self._join()
            await asyncio.sleep(HEARTBEAT_S)
            word = await self._heartbeat()
        for each in (self, *self.views):
            each._fenced = True
            each._changed.set()

    async def _join(self) -> None:
        has_joined = False
        while not has_joined:
            if not self.cut_off:
                has_joined = await self._try_to_join()
            if not has_joined:
                await asyncio.sleep(0.5)

    async def _try_to_join(self) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def joined(generation: int, assigned: frozenset[int]) -> None:
            if generation == FENCED:
                self._world_answers(settle, answer, False)
            else:
                self._world_answers(self._assign, generation, assigned, answer)

        self._process.post(self._latency(), self._coordinator.join, self._process, joined)
        return await answer

    def _assign(self, generation: int, assigned: frozenset[int], answer: asyncio.Future[bool]) -> None:
        for each in (self, *self.views):
            each._take(generation, assigned)
        settle(answer, True)

    def _take(self, generation: int, assigned: frozenset[int]) -> None:
        self._generation, self._assigned = generation, assigned
        self._holding.assigned(generation, assigned)
        self._flowing &= assigned
        self._positions = {p: at for p, at in self._positions.items() if p in assigned}
        self._settled = True
        self._changed.set()

    async def _heartbeat(self) -> str:
        if self.cut_off:
            return "none"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        generation = self._generation

        def look() -> None:
            self._world_answers(settle, answer, self._coordinator.heartbeat(self._process, generation))

        self._process.post(self._latency(), look)
        return await answer

    def assigned(self) -> frozenset[int]:
        """The partitions that this member believes are its own."""
        return self._assigned

    def holding(self, partition: int) -> int:
        """Which holding of the partition this is."""
        return self._holding.number(partition)

    async def changed(self) -> frozenset[int]:
        """Wait until the assignment may have changed since the last call; the new one."""
        await self._changed.wait()
        self._changed.clear()
        if self._fenced:
            raise FencedMemberError(self._process.name)
        return self._assigned

    async def passed(self, partition: int) -> tuple[int, int] | None:
        """Nothing: no request is ever deleted here."""
        return None

    async def commit(self, positions: Mapping[int, int], passed: Mapping[int, int] | None = None) -> None:
        """Commit group offsets, as proof of membership."""
        await self._ask([*positions])

    async def confirm(self) -> None:
        """Ask whether the group knows this member still."""
        await self._ask([])

    async def _ask(self, partitions: list[int]) -> None:
        generation = self._generation
        if generation < 0:
            raise NotMemberError("never joined")
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                taken = await self._commit(generation, partitions)
        except TimeoutError:
            raise LogError("no answer to a commit") from None
        if not taken or generation != self._generation:
            raise NotMemberError("refused")

    async def _commit(self, generation: int, partitions: list[int]) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def look() -> None:
            self._world_answers(
                settle, answer, self._coordinator.commit(self._process, generation, partitions, self._witness)
            )

        if not self._member.cut_off or self._member.commits_pass:
            self._process.post(self._latency(), look)
        return await answer

    async def close(self) -> None:
        """Leave the group."""
        self._process.post(self._latency(), self._coordinator.leave, self._process)

    def _latency(self) -> float:
        return self._brokers.network.latency()

    def _world_answers(self, function: Callable[..., object], *args: object) -> None:
        self._process.world.after(self._latency(), self._process.deliver, function, *args)

    # requests

    async def first(self, partition: int) -> int:
        """The first offset that the requests partition still has."""
        await asyncio.sleep(2 * self._latency())
        return 0

    def seek(self, partition: int, offset: int) -> None:
        """Take requests of the partition from `offset` on."""
        self._positions[partition] = offset

    def pause(self, partitions: Collection[int]) -> None:
        """Take nothing from these for now."""
        self._flowing.difference_update(partitions)

    def resume(self, partitions: Collection[int]) -> None:
        """Take from these again."""
        self._flowing.update(partitions)
        if self._waiting is not None:
            settle(self._waiting, True)

    async def batches(self) -> Mapping[int, RequestBatch]:
        """Whole fetched batches by partition; empty after at most one second without any."""
        deadline = self._process.monotonic() + POLL_S
        while self._process.monotonic() < deadline:
            await asyncio.sleep(self._brokers.network.fetch_latency())
            if self._settled and (found := self._fetched()):
                return found
            await self._more(deadline - self._process.monotonic())
        return {}

    def _fetched(self) -> dict[int, RequestBatch]:
        found = {}
        for partition in sorted(self._flowing & self._positions.keys() & self._assigned):
            begin = self._positions[partition]
            records, end = self._brokers.requests[partition].read(begin, AT_ONCE)
            if end > begin:
                found[partition] = RequestBatch(begin, end, records)
                self._positions[partition] = end
        return found

    async def _more(self, most: float) -> None:
        self._waiting = answer = asyncio.get_running_loop().create_future()
        for log in self._brokers.requests:
            log.when_more(lambda: self._process.deliver(settle, answer, True))
        self._process.post(max(0.001, most), self._process.deliver, settle, answer, True)
        await answer
