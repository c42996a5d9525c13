"""`make bench-peers`: what others do with the same work, and Mendline beside them, on one broker in one run."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks.peers.builds import BuildError
from benchmarks.peers.catalogue import MENDLINE, PROGRAMS, Program
from benchmarks.peers.load import Load
from benchmarks.peers.measurement import Figure, measure, raw_limit
from benchmarks.peers.process import SilentProgramError
from benchmarks.peers.report import faults, rows, show, write_markdown
from mendline.embedded.jars import jars_of
from mendline.embedded.kafka import KafkaCluster
from mendline.errors import SetupError
from mendline.settings import load_settings


async def run(bootstrap: str, programs: Sequence[Program], arguments: argparse.Namespace) -> list[Figure]:
    """Every program at every latency, in as many rounds as wanted: the machine drifts, so a round holds them all."""
    load, found, over = Load(), list(kept(arguments.into)), time.monotonic() + arguments.minutes * 60
    for number, send_ms in product(range(arguments.runs), arguments.w):
        name = f"{time.time():.0f}-{number}"
        keep(found, await raw_limit(bootstrap, send_ms, name), arguments.into)
        for program in programs:
            if time.monotonic() > over:
                print(f"{arguments.minutes:g} minutes are over: the rest is left out", file=sys.stderr)
                return found
            keep(found, await measure(bootstrap, load, program, send_ms, arguments.seconds, name), arguments.into)
    return found


def kept(file: Path | None) -> Iterable[Figure]:
    """What earlier calls found."""
    if file is None or not file.exists():
        return ()
    return (Figure(**json.loads(line)) for line in file.read_text().splitlines())


def keep(found: list[Figure], figure: Figure, file: Path | None) -> None:
    """Tell a figure, and add it to what was found."""
    print(f"{figure.send_ms:g} ms, {figure.program}: {figure.warm:,.0f} sends/s", file=sys.stderr, flush=True)
    found.append(figure)
    if file is not None:
        with file.open("a") as lines:
            lines.write(json.dumps(asdict(figure)) + "\n")


def chosen(only: Sequence[str] | None) -> list[Program]:
    """The programs named, Mendline always among them, all built."""
    names = {MENDLINE, *only} if only else {program.name for program in PROGRAMS}
    programs = [program for program in PROGRAMS if program.name in names]
    for program in programs:
        print(f"building {program.title}", file=sys.stderr, flush=True)
        program.build()
    return programs


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[program.name for program in PROGRAMS], help="peers; none: all")
    parser.add_argument("--w", nargs="+", type=float, default=[0.0, 10.0, 100.0], help="latencies of a device, ms")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each is measured once it is warm")
    parser.add_argument("--minutes", type=float, default=14.0, help="after these nothing new is begun")
    parser.add_argument("--kafka", help="host:port of running brokers; none: an embedded one")
    parser.add_argument("--markdown", type=Path, help="a file for the table in Markdown")
    parser.add_argument("--into", type=Path, help="a file of figures: those in it are shown too, new ones are added")
    return parser.parse_args()


def measured(arguments: argparse.Namespace) -> list[Figure]:
    """Build and measure on an embedded broker, or on those named."""
    programs = chosen(arguments.only)
    if arguments.kafka:
        return uvloop.run(run(arguments.kafka, programs, arguments))
    class_path = jars_of(load_settings().jars, print)
    with tempfile.TemporaryDirectory() as folder, KafkaCluster(Path(folder), class_path) as cluster:
        return uvloop.run(run(cluster.bootstrap, programs, arguments))


def main() -> None:
    """Measure, and show the table."""
    # It warns of each topic that is too new for the first request.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    arguments = parsed()
    try:
        found = measured(arguments)
    except (BuildError, SetupError, SilentProgramError) as error:
        sys.exit(f"bench-peers: {error}")
    table = rows(found)
    show(table, Console(width=190))
    for fault in faults(found):
        print(fault)
    if arguments.markdown:
        write_markdown(table, arguments.markdown)


if __name__ == "__main__":
    main()
