"""What goes wrong, and when: drawn from the seed, stopped at the end of the chaos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from streams.drivers.simulation.kinds import STROKES, traits_of
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.case import Case
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.crew import Crew
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.producers import Producers
from tests.faults.simulation.profile import Fault, Profile
from tests.faults.simulation.worker import Worker
from tests.faults.simulation.world import World


class Faults:
    """Strikes as often as the profile says, at times and places of the seed's luck."""

    def __init__(
        self,
        world: World,
        case: Case,
        profile: Profile,
        crew: Crew,
        brokers: Brokers,
        coordinator: Coordinator,
        fleet: SimulatedFleet,
        producers: Producers,
        others: Sequence[Brokers] = (),
    ) -> None:
        self.over = False
        self._world = world
        self._case = case
        self._profile = profile
        self._crew = crew
        self._brokers = brokers
        self._coordinator = coordinator
        self._fleet = fleet
        self._producers = producers
        self._others = others
        self._luck = world.luck("faults")

    def begin(self) -> None:
        """Put every fault on the agenda."""
        strikes, number = self._strikes(), 0
        for fault, times in self._profile.faults.items():
            for _ in range(times):
                self._world.after(self._when(), self._strike, number, fault, strikes[fault])
                number += 1

    def _when(self) -> float:
        """At any time, or while what was just asked for is under way."""
        if self._producers.times and self._luck.random() < 0.5:
            return max(0.3, self._luck.choice(self._producers.times) + 0.3 * self._luck.random() ** 2)
        return self._luck.uniform(0.3, self._profile.chaos_s)

    def _strike(self, number: int, fault: Fault, strike: Callable[[], None]) -> None:
        if not self.over and self._case.has(f"f{number}"):
            self._luck = self._world.luck(f"strike {number}")
            self._world.count(fault)
            strike()

    def _strikes(self) -> Mapping[Fault, Callable[[], None]]:
        return {
            "kill": self._kill,
            "freeze": self._freeze,
            "stop": self._stop,
            "cut_off": self._cut_off,
            "expel": self._expel,
            "move": self._move,
            "leader": self._change_leaders,
            "clock": self._step_clock,
            "wire": self._cut_wire,
            "sick": self._sicken_link,
            "stroke": self._strike_devices,
            "gap": self._leave_gap,
            "stray_batch": self._hold_batch,
            "doubled_batch": self._double_batch,
        }

    def _anybody(self) -> Worker | None:
        living = [worker for worker in self._crew.current() if not worker.process.frozen]
        return self._luck.choice(living) if living else None

    def _someone(self) -> Worker | None:
        usable = [worker for worker in self._crew.current() if worker.usable]
        return self._luck.choice(usable) if usable else None

    def _steps(self) -> int:
        return self._luck.choice((0, 0, self._luck.randint(1, 60)))

    def _kill(self) -> None:
        worker, steps = self._anybody(), self._steps()
        away_s, cut_s = self._luck.choice((0.1, 1.0, 9.0)) * self._luck.random(), 0.02 * self._luck.random()
        if worker is not None:
            worker.process.doom(steps, lambda: self._crew.kill(worker, cut_s, 0.05 + away_s))

    def _freeze(self) -> None:
        worker, steps, lasts = self._anybody(), self._steps(), self._luck.choice((1.0, 5.0, 20.0)) * self._luck.random()
        if worker is not None:
            worker.process.doom(steps, lambda: self._crew.freeze(worker, lasts))

    def _expel(self) -> None:
        worker, steps = self._anybody(), self._steps()
        if worker is not None:
            worker.process.doom(steps, lambda: self._crew.expel(worker))

    def _stop(self) -> None:
        worker, away_s = self._someone(), 0.1 + 8.0 * self._luck.random()
        if worker is not None:
            self._crew.retire(worker, away_s)

    def _cut_off(self) -> None:
        worker, lasts, passing = self._someone(), self._luck.uniform(3.0, 25.0), self._luck.random() < 0.5
        if worker is not None:
            self._crew.cut_off(worker, lasts, commits_pass=passing)

    def _move(self) -> None:
        self._coordinator.shuffle()
        if self._luck.random() < 0.5:  # one rebalance often comes on the heels of another
            self._world.after(self._luck.random(), self._move_again)

    def _move_again(self) -> None:
        if not self.over:
            self._coordinator.shuffle()

    def _change_leaders(self) -> None:
        partitions = [p for p in range(self._profile.partitions) if self._luck.random() < 0.7]
        away_s, with_tail = self._luck.choice((0.0, 0.5, 3.0)) * self._luck.random(), self._luck.random() < 0.6
        for brokers in (self._brokers, *self._others):
            brokers.change_leaders(partitions, away_s, with_tail=with_tail)

    def _step_clock(self) -> None:
        worker, skew = self._someone(), self._luck.uniform(-1.0, 1.0) * self._luck.choice((1.5, 12.0))
        if worker is not None:
            self._world.note(str(worker.process), f"its clock is now {skew:.1f} s ahead")
            worker.process.skew = skew

    def _cut_wire(self) -> None:
        worker, kind = self._someone(), self._luck.choice([*self._profile.devices])
        if worker is not None:
            self._world.note(str(worker.process), f"the wire to {kind} is cut")
            worker.drivers[kind].cut()

    def _sicken_link(self) -> None:
        worker, luck = self._someone(), self._luck.random()
        if worker is None:
            return
        up = [(d, key) for d in worker.drivers.values() for key, is_up in d.links().items() if is_up]
        if up:
            driver, key = up[int(luck * len(up))]
            self._world.note(str(worker.process), f"link {key} is not healthy")
            driver.sick.add(key)

    def _strike_devices(self) -> None:
        ids = self._producers.device_ids
        linked = [device_id for device_id, kind in ids.items() if traits_of(kind).linked]
        if not linked:
            return
        stroke, prefix = self._luck.choice(STROKES), self._luck.choice(linked)
        self._world.note("outside", f"{stroke} {prefix}")
        self._fleet.strike(stroke, prefix)

    def _leave_gap(self) -> None:
        log = self._luck.choice(self._brokers.requests)
        log.skip(self._luck.randint(1, 4))

    def _hold_batch(self) -> None:
        worker, lasts = self._someone(), self._luck.uniform(0.1, 4.0)
        if worker is not None:
            worker.dawdles_s = lasts

    def _double_batch(self) -> None:
        if (worker := self._someone()) is not None:
            worker.doubles_next = True
