"""The table: every program beside Mendline, each ratio from one round, with the spread of the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.peers.catalogue import MENDLINE, PROGRAMS, RAW
from benchmarks.peers.measurement import Figure

HEAD = ("W ms", "program", "sends/s, warm", "from its start", "CPU µs a send", "Mendline ÷ it", "what it does not do")
TITLES = {program.name: program.title for program in PROGRAMS} | {RAW: "raw limit (1 read, 3 written)"}
LACKS = {program.name: program.lacks for program in PROGRAMS} | {RAW: "decides nothing"}

Row = tuple[str, ...]


def rows(figures: Sequence[Figure]) -> list[Row]:
    """One row a program and latency, in the order of the catalogue."""
    names = (RAW, *(program.name for program in PROGRAMS))
    latencies = sorted({figure.send_ms for figure in figures})
    groups = (
        (send_ms, name, [figure for figure in figures if (figure.send_ms, figure.program) == (send_ms, name)])
        for send_ms in latencies
        for name in names
    )
    return [_row(send_ms, name, own, figures) for send_ms, name, own in groups if own]


def _row(send_ms: float, name: str, own: Sequence[Figure], figures: Sequence[Figure]) -> Row:
    mendline = {figure.run: figure for figure in figures if (figure.send_ms, figure.program) == (send_ms, MENDLINE)}
    ratios = [mendline[figure.run].warm / figure.warm for figure in own if figure.run in mendline]
    beside = "" if name == MENDLINE else spread(ratios, _ratio)
    rates = [spread([getattr(figure, field) for figure in own], _rate) for field in ("warm", "whole")]
    cpu = spread([figure.cpu_us for figure in own if figure.cpu_us], _rate)
    return (f"{send_ms:g}", TITLES[name], *rates, cpu, beside, LACKS[name])


def spread(values: Iterable[float], shown: Callable[[float], str]) -> str:
    """The median, and the smallest and largest beside it where there are several."""
    found = sorted(values)
    if not found:
        return ""
    median = shown(statistics.median(found))
    return median if len(found) == 1 else f"{median} ({shown(found[0])}-{shown(found[-1])})"


def _rate(value: float) -> str:
    return f"{value:,.0f}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def faults(figures: Sequence[Figure]) -> list[str]:
    """What the log says that no program should have done."""
    return [
        f"{TITLES[figure.program]}, {figure.send_ms:g} ms: {figure.twice} sent twice, {figure.out_of_turn} out of turn"
        for figure in figures
        if figure.twice or figure.out_of_turn
    ]


def show(found: Sequence[Row], console: Console) -> None:
    """Print the table for people."""
    table = Table(*HEAD, box=None, pad_edge=False)
    for number, row in enumerate(found):
        table.add_row(*row, end_section=number + 1 < len(found) and found[number + 1][0] != row[0])
    console.print(table)


def write_markdown(found: Sequence[Row], file: Path) -> None:
    """Write the table for documents."""
    lines = (HEAD, ("---:", "---", "---:", "---:", "---:", "---:", "---"), *found)
    file.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))
