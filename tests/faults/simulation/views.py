"""What a member of the group has of a stream beside the devices': the same partition numbers."""

from __future__ import annotations

from tests.faults.simulation.beside import Beside
from tests.faults.simulation.coordinator import Coordinator
from tests.faults.simulation.intake import SimulatedIntake
from tests.faults.simulation.process import Process


class SimulatedView(SimulatedIntake):
    """Requests of its own, under the membership of another intake of the process."""

    def __init__(self, member: SimulatedIntake, process: Process, beside: Beside, coordinator: Coordinator) -> None:
        super().__init__(process, beside.brokers, coordinator, beside.witness)
        self._member = member
        member.views.append(self)
