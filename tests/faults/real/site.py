"""Where a test runs: brokers, topics, a fleet process, and workers that share one installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.topics import Topics
from streams.drivers.fleet.control import saved_ledger
from streams.drivers.simulation.ledger import Entry, read_ledger
from tests.faults.real.program import Program
from tests.faults.real.waiting import until

INSTALLATION = {"MENDLINE_INSTALLATION_ID": "faults", "MENDLINE_INSTALLATION_KEY": "5e" * 32}
QUICK = {"MENDLINE_SESSION_TIMEOUT_S": "2", "MENDLINE_RECONCILE_S": "3", "MENDLINE_BACKOFF_MAX_S": "2"}
FLEET_S = 30.0


@dataclass
class Site:
    """A context manager that kills every program it started. settings: MENDLINE_ variables of all of them."""

    folder: Path
    kafka: str
    topics: Topics
    settings: dict[str, str] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in self.programs:
            program.kill()

    @property
    def socket(self) -> Path:
        """Where the fleet listens."""
        return self.folder / "fleet.sock"

    def worker(self, name: str = "worker", **settings: str) -> Program:
        """A worker, not started. settings: MENDLINE_ variables of its own, and `data`, else its folder has its name."""
        return self._mendline(name, ("worker",), {"MENDLINE_INSTANCE_ID": name} | settings)

    def projector(self, postgres: str, **settings: str) -> Program:
        """A projector, not started. settings: MENDLINE_ variables of its own."""
        return self._mendline("projector", ("projector",), {"MENDLINE_POSTGRES": postgres} | settings)

    def node(self, name: str, **settings: str) -> Program:
        """A node of the HTTP API, not started. settings: MENDLINE_ variables of its own."""
        return self._mendline(name, ("gateway",), settings)

    def snapshotter(self) -> Program:
        """A snapshotter, not started, that has much to do."""
        return self._mendline("snapshotter", ("snapshotter",), {"MENDLINE_SNAPSHOT_EVERY_EVENTS": "50"})

    def command(self, name: str, *arguments: str) -> Program:
        """Any other command of ours, not started."""
        return self._mendline(name, arguments, {})

    async def fleet(self, description: str) -> Program:
        """The fleet process, which outlives workers; started and listening."""
        file = self.folder / "fleet.toml"
        file.write_text(description)
        where = ("--socket", str(self.socket), "--ledger", str(self.folder / "ledger.jsonl"))
        program = self._program("fleet", ("streams.drivers.fleet", "--fleet", str(file), *where), {})
        program.start()
        await until(self.socket.exists, FLEET_S, "the fleet does not listen")
        return program

    async def ledger(self) -> list[Entry]:
        """What the fleet was asked to do up to now."""
        return [*read_ledger(await saved_ledger(self.socket))]

    def _mendline(self, name: str, command: tuple[str, ...], settings: dict[str, str]) -> Program:
        data = self.folder / settings.pop("data", name)
        return self._program(name, ("mendline", "--data", str(data), *command), settings)

    def program(self, name: str, *arguments: str) -> Program:
        """Any Python module with its arguments, not started."""
        return self._program(name, arguments, {})

    def _program(self, name: str, arguments: tuple[str, ...], settings: dict[str, str]) -> Program:
        here = {
            "MENDLINE_KAFKA": self.kafka,
            "MENDLINE_TOPIC_PREFIX": self.topics.prefix,
            "MENDLINE_SIMULATOR": str(self.socket),
        }
        program = Program(name, arguments, here | INSTALLATION | QUICK | self.settings | settings, self.folder)
        self.programs.append(program)
        return program
