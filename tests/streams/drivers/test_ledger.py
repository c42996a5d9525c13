"""The ledger, in memory and in its file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from streams.drivers.fleet.ledger_file import LedgerFile, recall
from streams.drivers.simulation.demo import demo_fleet
from streams.drivers.simulation.ledger import Entry, Ledger, read_ledger, write_ledger
from streams.drivers.simulation.model import Simulation
from streams.drivers.simulation.session import Session

W1 = Session("simulated-repeatable", "w1", 1, lambda *_: None)
SENT = Entry(1.5, "w1", 1, "simulated-repeatable", "phone-1", 2, "m", 3, "sent")


def one_sent() -> Ledger:
    ledger = Ledger()
    ledger.add(1.5, W1, "phone-1", 2, "sent", "m", 3)
    return ledger


def test_entry_is_what_was_added() -> None:
    assert [*one_sent().entries()] == [SENT]


def test_exported_ledger_reads_back(tmp_path: Path) -> None:
    write_ledger(one_sent(), tmp_path / "ledger")
    assert [*read_ledger(tmp_path / "ledger")] == [SENT]


def test_taken_entries_are_gone() -> None:
    ledger = one_sent()
    assert ledger.take().count(b"\n") == 1
    assert len(ledger) == 0


def test_million_entries_stay_below_a_hundred_megabytes() -> None:
    tracemalloc.start()
    ledger = Ledger()
    for number in range(100_000):
        ledger.add(float(number), W1, "phone-1", 2, "sent", "m", 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak * 10 < 100 * 2**20


def test_file_grows_by_what_is_saved(tmp_path: Path) -> None:
    ledger = one_sent()
    file = LedgerFile(tmp_path / "ledger", ledger)
    file.save()
    ledger.add(2.0, W1, "phone-1", 2, "closed")
    file.close()
    assert [entry.what for entry in read_ledger(tmp_path / "ledger")] == ["sent", "closed"]


def test_file_goes_on_where_it_ended(tmp_path: Path) -> None:
    for _ in range(2):
        LedgerFile(tmp_path / "ledger", one_sent()).close()
    assert [*read_ledger(tmp_path / "ledger")] == [SENT, SENT]


def test_torn_last_line_is_cut(tmp_path: Path) -> None:
    LedgerFile(tmp_path / "ledger", one_sent()).close()
    with (tmp_path / "ledger").open("ab") as file:
        file.write(b'{"at":1')
    LedgerFile(tmp_path / "ledger", one_sent()).close()
    assert [*read_ledger(tmp_path / "ledger")] == [SENT, SENT]


def test_restarted_fleet_knows_what_left_before(tmp_path: Path) -> None:
    LedgerFile(tmp_path / "ledger", one_sent()).close()
    simulation = Simulation(demo_fleet(3), Ledger())
    recall(simulation, tmp_path / "ledger")
    device = simulation._device("simulated-repeatable", "phone-1")
    assert device is not None
    assert "m" in device.taken
