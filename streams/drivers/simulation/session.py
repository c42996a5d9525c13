"""One worker's hold on the fleet, for one driver."""

from __future__ import annotations

from streams.drivers.port import Report
from streams.drivers.simulation.waiting import Waiting


class Session:
    """Who speaks to the fleet; its links end with it. Sends over a link wait at the link, all else here."""

    __slots__ = ("driver", "number", "report", "waiting", "worker")

    def __init__(self, driver: str, worker: str, number: int, report: Report) -> None:
        self.driver = driver
        self.worker = worker
        self.number = number
        self.report = report
        self.waiting = Waiting()
