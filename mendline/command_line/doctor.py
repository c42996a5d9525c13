"""`mendline doctor`: what is wrong, where, and what to do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Output, Shape, print_rows
from mendline.doctor.examination import examine
from mendline.doctor.finding import Level

SHAPE = Shape(columns=("level", "where", "what", "advice"), id="{where}")
MOST_RECORDS = 100_000


def doctor(
    context: typer.Context,
    last: Annotated[
        int, typer.Option(min=1, max=MOST_RECORDS, metavar="RECORDS", help="How far back in each partition to read.")
    ] = 2000,
    output: Output = Format.TABLE,
) -> None:
    """Examine brokers, topics, producers, workers and database; exit code 1 if anything is wrong."""
    findings = asyncio.run(examine(context.obj, last))
    print_rows([asdict(finding) for finding in findings], SHAPE, output)
    if any(finding.level is Level.WRONG for finding in findings):
        raise typer.Exit(ExitCode.FAILED)
