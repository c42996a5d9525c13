"""The table of peers: ratios from one round, and the spread of the rounds."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.measurement import Figure
from benchmarks.peers.report import faults, rows, spread, write_markdown


def figure(run: str, program: str, warm: float, twice: int = 0, cpu_us: float = 5) -> Figure:
    """A run at 10 ms."""
    rates = {"whole": warm, "warm": warm, "cpu_us": cpu_us}
    return Figure(run=run, program=program, send_ms=10, **rates, settled=1, twice=twice, out_of_turn=0)


def test_a_ratio_compares_figures_of_one_round() -> None:
    slow, fast = (figure("1", "mendline", 100), figure("1", "faust", 50)), (figure("2", "mendline", 400),)
    found = rows([*slow, *fast, figure("2", "faust", 100)])
    assert found[1][5] == "3.00 (2.00-4.00)"


def test_a_figure_without_mendline_in_its_round_has_no_ratio() -> None:
    found = rows([figure("1", "mendline", 100), figure("2", "faust", 50)])
    assert found[1][5] == ""


def test_several_runs_show_their_median_and_their_ends() -> None:
    assert spread([3.0, 1.0, 2.0], lambda value: f"{value:g}") == "2 (1-3)"


def test_a_program_whose_cpu_nobody_measures_shows_none() -> None:
    found = rows([figure("1", "raw", 100, cpu_us=0), figure("2", "raw", 200, cpu_us=0)])
    assert found[0][4] == ""


def test_what_was_sent_twice_is_told() -> None:
    assert faults([figure("1", "faust", 50, twice=2)]) == ["idiomatic Faust, 10 ms: 2 sent twice, 0 out of turn"]


def test_markdown_has_a_line_a_row_under_a_head_of_two(tmp_path: Path) -> None:
    write_markdown(rows([figure("1", "mendline", 100)]), tmp_path / "table.md")
    assert len((tmp_path / "table.md").read_text().splitlines()) == 3
