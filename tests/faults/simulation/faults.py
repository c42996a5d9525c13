"""What goes wrong, and when: drawn from the seed, stopped at the end of the chaos."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streams.drivers.simulation.kinds import STROKES
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.crew import Crew
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.profile import Fault, Profile
from tests.faults.simulation.worker import Worker
from tests.faults.simulation.world import World


class Faults:
    """Strikes as often as the profile says, at times and places of the seed's luck."""

    def __init__(
        self,
        world: World,
        profile: Profile,
        crew: Crew,
        brokers: Brokers,
        coordinator: Coordinator,
        fleet: SimulatedFleet,
        device_ids: list[str],
    ) -> None:
        self.over = False
        self._world = world
        self._profile = profile
        self._crew = crew
        self._brokers = brokers
        self._coordinator = coordinator
        self._fleet = fleet
        self._device_ids = device_ids
        self._luck = world.luck("faults")

    def begin(self) -> None:
        """Put every fault on the agenda."""
        strikes = self._strikes()
        for fault, times in self._profile.faults.items():
            for _ in range(times):
                self._world.after(self._luck.uniform(0.3, self._profile.chaos_s), self._strike, strikes[fault])

    def _strike(self, strike: Callable[[], None]) -> None:
        if not self.over:
            strike()

    def _strikes(self) -> Mapping[Fault, Callable[[], None]]:
        return {
            "kill": self._kill,
            "freeze": self._freeze,
            "stop": self._stop,
            "cut_off": self._cut_off,
            "move": self._move,
            "leader": self._change_leaders,
            "clock": self._step_clock,
            "wire": self._cut_wire,
            "sick": self._sicken_link,
            "stroke": self._strike_devices,
            "gap": self._leave_gap,
            "stray_batch": self._hold_batch,
        }

    def _someone(self) -> Worker | None:
        usable = [worker for worker in self._crew.current() if worker.usable]
        return self._luck.choice(usable) if usable else None

    def _steps(self) -> int:
        return self._luck.choice((0, 0, self._luck.randint(1, 60)))

    def _kill(self) -> None:
        worker, steps = self._someone(), self._steps()
        away_s, cut_s = self._luck.choice((0.1, 1.0, 9.0)) * self._luck.random(), 0.02 * self._luck.random()
        if worker is not None:
            worker.process.doom(steps, "kill", lambda: self._crew.lost(worker, cut_s, 0.05 + away_s))

    def _freeze(self) -> None:
        worker, steps, lasts = self._someone(), self._steps(), self._luck.choice((1.0, 5.0, 20.0)) * self._luck.random()
        if worker is not None:
            worker.process.doom(steps, "freeze", lambda: self._crew.stopped(worker, lasts))

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
            self._world.after(self._luck.random(), self._strike, self._coordinator.shuffle)

    def _change_leaders(self) -> None:
        partitions = [p for p in range(self._profile.partitions) if self._luck.random() < 0.7]
        self._brokers.change_leaders(partitions, self._luck.choice((0.0, 0.5, 3.0)) * self._luck.random())

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
        stroke, prefix = self._luck.choice(STROKES), self._luck.choice(self._device_ids)
        self._world.note("outside", f"{stroke} {prefix}")
        self._fleet.strike(stroke, prefix)

    def _leave_gap(self) -> None:
        log = self._luck.choice(self._brokers.requests)
        log.skip(self._luck.randint(1, 4))

    def _hold_batch(self) -> None:
        worker, lasts = self._someone(), self._luck.uniform(0.1, 4.0)
        if worker is not None:
            worker.dawdles_s = lasts
