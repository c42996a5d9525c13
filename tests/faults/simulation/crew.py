"""The workers of a run: started, restarted, stopped, cut off and continued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.topics import Stream
from tests.faults.simulation.beside import Beside
from tests.faults.simulation.brokers import Brokers
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.fleet import SimulatedFleet
from tests.faults.simulation.intake import HEARTBEAT_S
from tests.faults.simulation.process import Process
from tests.faults.simulation.profile import Profile
from tests.faults.simulation.witness import Witness
from tests.faults.simulation.worker import Worker
from tests.faults.simulation.world import World


class Crew:
    """Every process that ever ran, oldest first; one at a time of each of the `names`, but for namesakes."""

    def __init__(
        self,
        world: World,
        names: Sequence[str],
        profile: Profile,
        brokers: Brokers,
        coordinator: Coordinator,
        fleet: SimulatedFleet,
        witness: Witness,
        beside: Mapping[Stream, Beside],
    ) -> None:
        self.workers: list[Worker] = []
        self.retiring = False
        self.names = names
        self._world = world
        self._profile = profile
        self._brokers = brokers
        self._coordinator = coordinator
        self._fleet = fleet
        self._witness = witness
        self._beside = beside
        self._luck = world.luck("crew")

    def start(self, name: str) -> None:
        """Start a worker, unless it runs."""
        if not self.retiring and not any(w.process.name == name and w.process.alive for w in self.workers):
            self._start(name, name)

    def start_namesake(self, name: str) -> None:
        """Start a worker that has a data folder of its own, and by mistake the name of another."""
        if not self.retiring:
            self._start(name, f"{name}'s namesake")

    def _start(self, name: str, folder: str) -> None:
        skew = self._profile.skew_s * self._luck.uniform(-1.0, 1.0)
        process = Process(self._world, name, len(self.workers) + 1, skew)
        self._world.processes.append(process)
        self._world.note(str(process), f"started, its clock {skew:.1f} s ahead")
        self.workers.append(
            Worker(
                process,
                folder,
                self._profile,
                self._brokers,
                self._coordinator,
                self._fleet,
                self._witness,
                self._beside,
            )
        )

    def current(self) -> list[Worker]:
        """The workers whose process lives."""
        return [worker for worker in self.workers if worker.process.alive]

    def kill(self, worker: Worker, cut_s: float, away_s: float) -> None:
        """Kill a worker: its connections end soon, and it is started again."""
        worker.process.kill()
        self._world.after(cut_s, worker.hang_up)
        self._world.after(cut_s + away_s, self.start, worker.process.name)

    def freeze(self, worker: Worker, lasts: float) -> None:
        """Stop a worker: it goes on after a while."""
        worker.process.freeze()
        self._world.after(lasts, worker.process.thaw)

    def retire(self, worker: Worker, away_s: float) -> None:
        """Stop a worker politely, and start it again some time after it has ended."""
        worker.stop()
        self._restart_when_ended(worker, away_s)

    def _restart_when_ended(self, worker: Worker, away_s: float) -> None:
        if worker.process.alive:
            self._world.after(0.5, self._restart_when_ended, worker, away_s)
        else:
            self._world.after(away_s, self.start, worker.process.name)

    def cut_off(self, worker: Worker, lasts: float, *, commits_pass: bool) -> None:
        """A worker does not reach the coordinator for a while, but everything else."""
        self._world.note(str(worker.process), f"cut off from the coordinator, commits pass: {commits_pass}")
        worker.intake.cut_off, worker.intake.commits_pass = True, commits_pass
        if not commits_pass:
            worker.process.cuts.append((self._world.now, self._world.now + lasts))
        self._world.after(lasts, self._join_again, worker)

    def expel(self, worker: Worker) -> None:
        """The group puts a worker out; until its next heartbeat it cannot know."""
        worker.process.cuts.append((self._world.now, self._world.now + HEARTBEAT_S))
        self._coordinator.expel(worker.process)

    def _join_again(self, worker: Worker) -> None:
        worker.intake.cut_off = False
        self._world.note(str(worker.process), "reaches the coordinator again")

    def mend(self) -> None:
        """Everything runs, undisturbed."""
        for worker in self.current():
            worker.process.thaw()
            worker.process.spare()
            worker.intake.cut_off = False
            worker.process.skew = 0.0
        for name in self.names:
            self.start(name)

    def retire_all(self) -> None:
        """Stop every worker politely, for good."""
        self.retiring = True
        for worker in self.current():
            worker.stop()


def name_of(number: int) -> str:
    """A worker's instance id."""
    return f"worker-{number}"
