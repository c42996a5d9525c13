"""`mendline verify`: hold the log, and a ledger of what left, against every rule."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer

from mendline.access import accessible_cluster
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Output, Shape, print_facts, print_rows, print_text, say
from mendline.settings import Settings
from mendline.verify import command
from mendline.verify.limits import Limits
from mendline.verify.report import Report
from schemas.topics import Topics

VIOLATIONS = Shape(columns=("rule", "positions", "device", "sentence"), id="{device}")
Ledger = Annotated[
    Path | None,
    typer.Option(metavar="FILE", exists=True, dir_okay=False, help="A simulated fleet's ledger of what left."),
]


def verify(
    context: typer.Context,
    ledger: Ledger = None,
    settled: Annotated[bool, typer.Option("--settled", help="Everything must be over, nothing undecided.")] = False,
    stops: Annotated[bool, typer.Option("--stops", help="Processes were stopped and woken in this run.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Read the log from its beginning and hold every record against the rules; exit code 1 on any violation."""
    limits = Limits(max_attempts=context.obj.max_attempts, settled=settled, stops=stops)
    report = asyncio.run(_report(context.obj, ledger, limits))
    _write(report, output)
    if not report.ok:
        raise typer.Exit(ExitCode.FAILED)


def _write(report: Report, output: Format) -> None:
    match output:
        case Format.TABLE:
            print_text(report.text())
        case Format.JSON | Format.JSONL:
            print_facts(orjson.loads(report.json()), output)
        case Format.CSV | Format.IDS:
            violations = orjson.loads(report.json())["violations"]
            print_rows([row for row in violations if row["device"] or output is Format.CSV], VIOLATIONS, output)


async def _report(settings: Settings, ledger: Path | None, limits: Limits) -> Report:
    topics = Topics(settings.topic_prefix)
    return await command.verify(await accessible_cluster(settings), topics, ledger, limits, progress=_tell)


def _tell(topic: str, partition: int, partitions: int) -> None:
    say(f"reading partition {partition + 1} of {partitions} of {topic}")
